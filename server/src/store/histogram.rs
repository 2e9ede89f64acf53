//! How long things took, kept as counts in buckets that grow by 2 %: a percentile read from it is
//! within 1 % of the true one, whatever the number of runs.

/// Each bucket is this many times as wide as the one before.
const GROWTH: f64 = 1.02;

/// The bucket a duration in milliseconds falls into.
pub fn bucket(duration_ms: i64) -> i64 {
    ((duration_ms.max(1) as f64).ln() / GROWTH.ln()).round() as i64
}

/// The duration in milliseconds a bucket stands for.
pub fn duration_ms(bucket: i64) -> u64 {
    GROWTH.powi(bucket.clamp(0, 2_000) as i32).round() as u64
}

/// The duration in milliseconds that a share (0 to 1) of the counted ones does not exceed.
pub fn percentile(counts: &mut [(i64, u64)], share: f64) -> Option<u64> {
    counts.sort_unstable();
    let total: u64 = counts.iter().map(|(_, n)| n).sum();
    let wanted = ((total as f64 * share).ceil() as u64).max(1);
    let mut seen = 0;
    counts.iter().find_map(|(bucket, n)| {
        seen += n;
        (seen >= wanted).then(|| duration_ms(*bucket))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_stands_for_its_durations_within_one_percent() {
        for ms in [1_000, 59_999, 4 * 3_600_000, 30 * 86_400_000] {
            let back = duration_ms(bucket(ms)) as f64;
            assert!(
                (back / ms as f64 - 1.0).abs() < 0.0101,
                "{ms} came back as {back}"
            );
        }
    }

    #[test]
    fn percentiles_count_from_the_shortest() {
        let mut counts = vec![(bucket(60_000), 1), (bucket(1_000), 8), (bucket(10_000), 1)];
        assert_eq!(
            percentile(&mut counts, 0.5),
            Some(duration_ms(bucket(1_000)))
        );
        assert_eq!(
            percentile(&mut counts, 0.9),
            Some(duration_ms(bucket(10_000)))
        );
        assert_eq!(
            percentile(&mut counts, 1.0),
            Some(duration_ms(bucket(60_000)))
        );
        assert_eq!(percentile(&mut [], 0.5), None);
    }
}
