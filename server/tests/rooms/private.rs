//! Who else of the machine may look at what is kept.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use hms_server::node::{self, Place};

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_data_folder_and_what_is_in_it_are_for_nobody_else() {
    let above = tempfile::tempdir().unwrap();
    std::fs::set_permissions(above.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let place = |data_dir: &Path| Place {
        data_dir: data_dir.to_owned(),
        database_url: None,
        workflows: None,
        clock_rate: 1.0,
    };
    let made = above.path().join("hms/data");
    let shared = above.path().join("shared");
    std::fs::create_dir(&shared).unwrap();
    std::fs::set_permissions(&shared, PermissionsExt::from_mode(0o755)).unwrap();
    for folder in [&made, &shared] {
        let opened = node::open(&place(folder)).await.unwrap();
        let mut looked = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            // The lock has nothing in it.
            if std::fs::metadata(&path).unwrap().len() > 0 {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                looked.push(path.file_name().unwrap().to_owned());
            }
        }
        for name in ["hms.db", "hms.db-wal", "personal.key"] {
            assert!(looked.iter().any(|one| one == name), "{name} in {looked:?}");
        }
        drop(opened);
    }
    assert_eq!(mode(&made), 0o700);
    assert_eq!(mode(made.parent().unwrap()), 0o700);
    assert_eq!(mode(&shared), 0o755, "whoever made it chose");
}
