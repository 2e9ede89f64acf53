//! The worker in conversation with a mail server over a real socket, and with a folder.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

/// What a client said before the data, and the data.
type Heard = (Vec<String>, String);

/// A mail server for one message; `refusal` is its answer to RCPT instead of taking it.
async fn server(refusal: Option<&'static str>) -> (String, JoinHandle<Heard>) {
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", port.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (stream, _) = port.accept().await.unwrap();
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        let (mut said, mut data) = (Vec::new(), String::new());
        write.write_all(b"220 test ESMTP\r\n").await.unwrap();
        while let Some(line) = lines.next_line().await.unwrap() {
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_owned();
            said.push(line);
            let answer = match verb.as_str() {
                "EHLO" => "250-test\r\n250 SMTPUTF8",
                "RCPT" => refusal.unwrap_or("250 fine"),
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.unwrap();
                    while let Some(line) = lines.next_line().await.unwrap() {
                        if line == "." {
                            break;
                        }
                        data.push_str(&line);
                        data.push('\n');
                    }
                    "250 kept"
                }
                "QUIT" => "221 bye",
                _ => "250 fine",
            };
            let _ = write.write_all(format!("{answer}\r\n").as_bytes()).await;
            if verb == "QUIT" {
                break;
            }
        }
        (said, data)
    });
    (url, heard)
}

pub(super) fn task(payload: &Value) -> TaskJson {
    serde_json::from_str(&format!(
        r#"{{"id": "018f7a1b-0000-7000-8000-000000000001", "run_id": "018f7a1b-0000-7000-8000-000000000002",
        "workflow": "FTC-Complaint", "step_id": "notify_citizen", "actor": "SVC:email-svc", "status": "CLAIMED",
        "created": "2024-05-14T10:03:00Z", "expires": null, "payload": {payload}, "input": null, "result": null, "attempt": 1}}"#
    ))
    .unwrap()
}

fn by_smtp(url: String) -> EmailSvc {
    let settings = MailSettings {
        smtp_url: Some(url),
        mail_from: Some("Fraud reports <reports@agency.example>".into()),
        portal_url: None,
    };
    EmailSvc::new(&settings, "http://127.0.0.1:7000/", Path::new("unused")).unwrap()
}

fn payload(language: &str) -> Value {
    json!({"complaintId": "4839-2017-55", "text": "my secret story", "email": "maria@example.org", "language": language})
}

#[tokio::test]
async fn a_message_is_handed_to_the_mail_server() {
    let (url, heard) = server(None).await;
    let result = by_smtp(url).work(&task(&payload("en"))).await;
    assert_eq!(result, Ok(json!({"sent": true, "by": "smtp"})));
    let (said, data) = heard.await.unwrap();
    assert!(
        said[1].starts_with("MAIL FROM:<reports@agency.example>"),
        "{said:?}"
    );
    assert_eq!(said[2], "RCPT TO:<maria@example.org>");
    assert_eq!(said[3], "DATA");
    for line in [
        "From: \"Fraud reports\" <reports@agency.example>",
        "To: maria@example.org",
        "Subject: Your report 4839-2017-55 has news",
        "Message-ID: <018f7a1b-0000-7000-8000-000000000001@agency.example>",
        "Auto-Submitted: auto-generated",
        "http://127.0.0.1:7000/status/4839-2017-55",
    ] {
        assert!(data.lines().any(|have| have == line), "no {line} in {data}");
    }
    assert!(!data.contains("my secret story"));
}

#[tokio::test]
async fn refusals_are_told_by_code_and_without_the_address() {
    for (answer, told) in [
        (
            "451 maria@example.org try later",
            "the mail server asks to try again later: 451",
        ),
        (
            "550 maria@example.org unknown",
            "the mail server refused it: 550",
        ),
    ] {
        let (url, heard) = server(Some(answer)).await;
        let failed = by_smtp(url).work(&task(&payload("en"))).await.unwrap_err();
        assert_eq!(failed.to_string(), told);
        heard.abort();
    }
    // A port nobody listens on any more.
    let port = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("smtp://{}", port.local_addr().unwrap());
    drop(port);
    let failed = by_smtp(url).work(&task(&payload("en"))).await.unwrap_err();
    assert_eq!(failed.to_string(), "no connection to the mail server");
}

#[tokio::test]
async fn without_a_server_a_message_is_one_file_however_often_it_is_tried() {
    let folder = tempfile::tempdir().unwrap();
    let svc = EmailSvc::new(
        &MailSettings::default(),
        "http://127.0.0.1:7000",
        folder.path(),
    )
    .unwrap();
    for _ in 0..2 {
        let result = svc.work(&task(&payload("es"))).await;
        assert_eq!(result, Ok(json!({"sent": true, "by": "file"})));
    }
    let files: Vec<_> = std::fs::read_dir(folder.path().join("mail"))
        .unwrap()
        .collect();
    assert_eq!(files.len(), 1);
    let file = files[0].as_ref().unwrap();
    assert_eq!(
        file.file_name(),
        "20240514T100300Z-018f7a1b-0000-7000-8000-000000000001.eml"
    );
    let text = std::fs::read_to_string(file.path()).unwrap();
    assert!(
        text.contains("Subject: Su denuncia 4839-2017-55 tiene novedades"),
        "{text}"
    );
    assert!(text.contains("Content-Language: es"), "{text}");
}

#[tokio::test]
async fn without_an_address_there_is_nothing_to_send() {
    let folder = tempfile::tempdir().unwrap();
    let svc = EmailSvc::new(&MailSettings::default(), "http://x", folder.path()).unwrap();
    for (payload, why) in [
        (json!({}), "no address"),
        (json!({"email": "  "}), "no address"),
        (json!({"email": 7}), "no address"),
        (
            json!({"email": "nobody"}),
            "the address is not one mail can be sent to",
        ),
        (
            json!({"email": "a@b.example\r\nBcc: c@d.example"}),
            "the address is not one mail can be sent to",
        ),
    ] {
        assert_eq!(
            svc.work(&task(&payload)).await,
            Ok(json!({"sent": false, "why": why}))
        );
    }
    assert!(!folder.path().join("mail").exists());
}

#[test]
fn settings_that_cannot_work_are_told() {
    let new = |smtp: Option<&str>, from: Option<&str>| {
        let settings = MailSettings {
            smtp_url: smtp.map(str::to_owned),
            mail_from: from.map(str::to_owned),
            portal_url: None,
        };
        EmailSvc::new(&settings, "http://x", Path::new("x"))
            .err()
            .map(|bad| bad.to_string())
    };
    assert_eq!(new(None, None), None);
    assert!(
        new(Some("smtp://mail.example"), None)
            .unwrap()
            .contains("needs a sender")
    );
    assert!(
        new(Some("mail.example"), Some("a@b.example"))
            .unwrap()
            .contains("no mail server")
    );
    assert!(new(None, Some("nobody")).unwrap().contains("no sender"));
}
