//! What somebody does to archives behind the program's back is named.

use std::path::Path;

use crate::archive::{JANUARY, MARCH, filed, run_id};
use crate::kept::Kept;
use crate::on_all;

on_all!(every_change_of_what_is_kept_is_named);

async fn every_change_of_what_is_kept_is_named(kept: Kept) {
    let one = run_id(1);
    let runs_changed = "archive 1 was changed: its runs do not give its root";
    let note_changed = "archive 1 was changed or put in: the house's chain does not say it";
    type Files = fn(&Path);
    fn nothing(_: &Path) {}
    let attacks: Vec<(String, Files, Vec<String>)> = vec![
        (
            format!("DELETE FROM archived WHERE run_id = '{one}'"),
            nothing,
            vec![
                format!("archive 1: {JANUARY}: run {one} was put in"),
                runs_changed.to_owned(),
                format!("run {one}: row 5 was removed; checkpoint 1 holds it"),
            ],
        ),
        (
            format!("UPDATE archived SET number = 4 WHERE run_id = '{one}'"),
            nothing,
            vec![
                format!(
                    "archive 1: {JANUARY}: run {one} does not end as its chain did in the database"
                ),
                runs_changed.to_owned(),
                format!("run {one}: row 5 was removed; checkpoint 1 holds it"),
            ],
        ),
        (
            "UPDATE archives SET runs = 4".to_owned(),
            nothing,
            vec![runs_changed.to_owned(), note_changed.to_owned()],
        ),
        (
            "UPDATE archives SET month = '2025-01'".to_owned(),
            nothing,
            vec![note_changed.to_owned()],
        ),
        (
            "UPDATE archives SET note = 1".to_owned(),
            nothing,
            vec![note_changed.to_owned()],
        ),
        (
            "UPDATE archived SET number = number".to_owned(),
            |folder| {
                let text = std::fs::read_to_string(folder.join(JANUARY)).unwrap();
                std::fs::write(
                    folder.join(JANUARY),
                    text.replace("\"worker\"", "\"mallory\""),
                )
                .unwrap();
            },
            ["1", "2", "5"]
                .iter()
                .map(|n| run_id(n.parse().unwrap()))
                .map(|run| format!("archive 1: {JANUARY}: run {run}: row"))
                .chain([format!(
                    "archive 1: {JANUARY} is not the file that was written"
                )])
                .collect(),
        ),
        (
            "UPDATE archived SET number = number".to_owned(),
            |folder| {
                let text = std::fs::read_to_string(folder.join(JANUARY)).unwrap();
                let rest = text.split_once('\n').unwrap().1;
                std::fs::write(folder.join(JANUARY), rest).unwrap();
            },
            vec![
                format!("archive 1: {JANUARY} is not the file that was written"),
                format!("archive 1: {JANUARY}: run {one} is missing"),
            ],
        ),
        (
            "UPDATE archived SET number = number".to_owned(),
            |folder| std::fs::remove_dir_all(folder.join("files")).unwrap(),
            vec![format!("archive 1: run {one}: ")],
        ),
    ];
    for (sql, change, mut expected) in attacks {
        let kept = match kept.is_file() {
            true => crate::kept::sqlite().await,
            false => crate::kept::postgres().await,
        };
        let filed = filed(&kept).await;
        filed.seal(&kept).await;
        filed.sweep(&kept, MARCH).await.unwrap();
        kept.tamper(&sql).await;
        change(filed.folder.path());
        expected.sort();
        let told = filed.faults(&kept).await;
        // Some are longer by a number or a hash.
        let fits = told.len() == expected.len()
            && told
                .iter()
                .zip(&expected)
                .all(|(told, expected)| told.starts_with(expected.as_str()));
        assert!(fits, "{sql}: {told:#?} and not {expected:#?}");
    }
}
