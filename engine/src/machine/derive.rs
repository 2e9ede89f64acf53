use uuid::Uuid;

use crate::Time;

/// The id of a task or a called run: a UUIDv7 of this moment whose other bits come from the run's id and a number
/// that the run never gives twice. No randomness, so a replayed history gives the same ids.
pub(super) fn id(run: Uuid, number: u32, now: Time) -> Uuid {
    let (run_high, run_low) = run.as_u64_pair();
    let number = u64::from(number);
    let high = mix(run_high ^ mix(number ^ 0x9e37_79b9_7f4a_7c15));
    let low = mix(run_low ^ high.rotate_left(32) ^ mix(number ^ 0xd1b5_4a32_d192_ed03));
    // A moment before 1970 has no UUIDv7; only simulated clocks have one.
    let ms = u64::try_from(now.timestamp_millis()).unwrap_or(0) & 0xffff_ffff_ffff;
    Uuid::from_u64_pair(
        ms << 16 | 0x7000 | high >> 52,
        0x8000_0000_0000_0000 | low >> 2,
    )
}

/// How much of a wait is kept: from 0.8 to 1.2, evenly spread over tasks and attempts, so that
/// what failed together is not tried again together.
pub(super) fn jitter(task: Uuid, attempt: u32) -> f64 {
    let (high, low) = task.as_u64_pair();
    let bits = mix(high ^ mix(low ^ u64::from(attempt)));
    // 53 bits are what an f64 holds exactly.
    0.8 + 0.4 * ((bits >> 11) as f64 / (1u64 << 53) as f64)
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input sways every bit of
/// the output, and no two inputs give the same.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_version_7_of_the_moment_and_differ() {
        let now = Time::from_timestamp_millis(1_715_680_980_000).unwrap();
        let mut seen = HashSet::new();
        for run in 0..300u128 {
            let run = Uuid::from_u128(0x018f_7712_0000_7000_8000_0000_0000_0000 + run);
            for number in 1..300 {
                let id = id(run, number, now);
                assert_eq!(id.get_version_num(), 7);
                assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
                let (seconds, nanos) = id.get_timestamp().unwrap().to_unix();
                assert_eq!((seconds, nanos), (1_715_680_980, 0));
                assert!(seen.insert(id), "{id} twice");
            }
        }
    }

    #[test]
    fn jitter_spreads_over_its_range() {
        let run = Uuid::from_u128(7);
        let all: Vec<f64> = (1..1000).map(|attempt| jitter(run, attempt)).collect();
        assert!(all.iter().all(|part| (0.8..1.2).contains(part)));
        let mean = all.iter().sum::<f64>() / all.len() as f64;
        assert!((0.98..1.02).contains(&mean), "{mean}");
    }
}
