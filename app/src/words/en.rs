//! English.

use super::*;

/// What to do about an answer that breaks a rule.
fn broken(rule: Rule) -> String {
    match rule {
        Rule::TooLong(chars) => format!("Use {chars} characters or fewer"),
        Rule::Required => "Fill in this answer".into(),
        Rule::Money => "Enter an amount, like 120.50".into(),
        Rule::Email => "Enter an email address like name@example.com".into(),
        Rule::Choice => "Choose one answer from the list".into(),
        Rule::Phone => "Enter a phone number, like 202-555-0100".into(),
        Rule::Number => "Enter a number, like 12".into(),
        Rule::Above(most) => format!("Enter {most} or less"),
        Rule::Date => "Enter a real date: month, day and four digits of the year".into(),
        Rule::YesNo => "Choose yes or no".into(),
        Rule::TooMany(most) => format!("Choose {most} or fewer"),
        Rule::Text => "Write your answer in words".into(),
        Rule::NotAsked => "Clear this answer: it is no longer asked for".into(),
        Rule::NotTaken => "Change this answer: the agency cannot use it as it is".into(),
        Rule::File => "Add the file again: we do not have it any more".into(),
        Rule::FileTooLarge(most) => format!("Choose a file of {most} MB or less"),
        Rule::FilesTooLarge(most) => {
            format!("Add files of {most} MB or less at a time, then send again for the others")
        }
        Rule::FileKind => {
            "Choose a PDF, a photo, or a Word, Excel, text or email file. Other files are not taken"
                .into()
        }
        Rule::FileEmpty => "Choose a file that is not empty".into(),
        Rule::FileNotKept => "We could not store the file right now. Add it again".into(),
    }
}

/// The English texts.
pub static WORDS: Words = Words {
    site: SiteWords {
        name: "Fraud Reports",
        skip: "Skip to main content",
        alert_label: "Site alert",
        demo: "Demonstration – not a government site.",
        demo_more: "Do not enter real personal data.",
        clock_rate: |rate| format!("Demonstration clock: {rate} times faster."),
        nav_label: "Main",
        nav_report: "Report fraud",
        nav_status: "Check a report",
        staff: "Staff sign-in",
        language_label: "Language",
        footer_label: "About this site",
        footer: "HMS-ACT runs each report step by step and shows where it stands.",
        loading: "Loading",
        error_prefix: "Error: ",
        problem: "There is a problem",
        back_home: "Go to the first page",
    },
    home: HomeWords {
        title: "Report fraud and see what happens next",
        lead: "Tell us about a scam, a fake company or a call that tried to trick you. You can follow your report at every step.",
        report: "Report fraud",
        check_title: "Already sent a report?",
        check_text: "Use your report number and your receipt to see where it stands.",
        check: "Check a report",
        how_title: "What happens to your report",
        how: [
            (
                "You tell us what happened",
                "It takes about 5 minutes. You do not have to give your name.",
            ),
            (
                "A computer program reads it first",
                "It marks how serious the report is and says why. It decides nothing else.",
            ),
            (
                "An investigator looks at serious reports",
                "There is a time limit. If it is missed, a supervisor takes over, and you can see that.",
            ),
            (
                "You hear from us at the end",
                "If you gave an email address, we write to you when your report is finished.",
            ),
        ],
        examples_title: "What you can report",
        examples: [
            "Somebody claimed to be from your bank, the tax office or the police",
            "You paid for something that never came",
            "Calls, texts or emails that try to get your money or passwords",
            "Fake jobs, prizes or investments",
            "Somebody used your name or your card",
        ],
        urgent: "If you are in danger now, call 911. If you sent money, call your bank first: it may be able to stop the payment.",
    },
    report: ReportWords {
        title: "Report fraud",
        step_of: |step, steps| format!("Step {step} of {steps}"),
        current_step: "current step",
        completed_step: "done",
        future_step: "not done yet",
        steps: [
            "What happened",
            "Money and contact",
            "Your email",
            "Check and send",
        ],
        headings: [
            "What happened?",
            "Money and contact",
            "Where can we write to you?",
            "Check your answers",
        ],
        intro: "You do not have to give your name. Leave out card numbers, passwords and your Social Security number.",
        text: "Tell us what happened",
        text_hint: "For example: who got in touch with you, what they said, and what you did. Up to 10,000 characters.",
        lost: "How much money did you lose?",
        lost_hint: "In US dollars, like 120.50. If you lost nothing, enter 0.",
        contact: "How did they reach you?",
        contact_hint: "Choose the first way they used.",
        contacts: [
            "Phone call",
            "Text message",
            "Email",
            "Website or app",
            "Social media",
            "Letter",
            "In person",
            "Another way",
        ],
        suspect: "Who did it?",
        suspect_hint: "A name, a company, a phone number or a website, as far as you know it.",
        email: "Your email address",
        email_hint: "We use it only to tell you what happens to this report.",
        optional: "(optional)",
        next: "Continue",
        back: "Back",
        change: "Change",
        to_check: "Back to your answers",
        send: "Send report",
        sending: "Sending your report…",
        not_sent: "Your report is not sent yet",
        not_sent_more: "We could not reach the server. Your answers are kept on this page. Try again in a minute: sending twice makes only one report.",
        kept: "We kept the answers you gave before.",
        no_answer: "Not answered",
        check_intro: "Read your answers once more. You can change each of them.",
        privacy_title: "How we use what you tell us",
        privacy: [
            (
                "Why we may ask",
                "The law lets this agency collect reports of fraud (15 U.S.C. 41 and following).",
            ),
            (
                "What we use it for",
                "To look into your report, to find patterns, and to stop people who commit fraud.",
            ),
            (
                "Who else may see it",
                "Other agencies that act against fraud. The companies you name do not get your email address from us.",
            ),
            (
                "Do you have to answer?",
                "No. Only what happened is needed. Everything else is up to you.",
            ),
            (
                "If you leave something out",
                "We read your report all the same. Without an email address we cannot write to you.",
            ),
        ],
        fault: |fault| match (fault.field.as_str(), fault.rule) {
            ("text", Rule::Required) => "Tell us what happened".into(),
            ("lost", _) => "Enter the amount you lost, like 120.50".into(),
            ("contact", _) => "Choose how they reached you from the list".into(),
            (_, rule) => broken(rule),
        },
    },
    form: FormWords {
        rule: broken,
        month: "Month",
        day: "Day",
        year: "Year",
        date_hint: "For example 4 28 2026",
        yes: "Yes",
        no: "No",
        any: "Choose all that apply.",
        intro: "Answer what you can. Then send everything with the button at the end.",
        more: "Your answers lead to another question. Answer it, then send again.",
        send: "Send",
        services_title: "What you can do here",
        files_hint: |most| {
            let many = match most {
                1 => "One file".to_owned(),
                most => format!("Up to {most} files, each"),
            };
            format!(
                "{many} of at most 10 MB: PDF, photos (JPEG, PNG, HEIC) and scans, Word, Excel, text, CSV, or saved email (EML)."
            )
        },
        files_kept: "Files you added. Untick a file to take it out.",
        files_add: "Add a file",
    },
    receipt: ReceiptWords {
        title: "We received your report",
        lead: "Your report is safely stored. Keep the two lines below: you need both to see your report later.",
        number: "Report number",
        receipt: "Receipt",
        save_title: "Save your receipt now",
        save_text: "We show it only once and cannot send it to you. Anybody who has both lines can read the status of your report.",
        copy: "Copy number and receipt",
        copied: "Copied.",
        copy_failed: "Copying did not work here. Write the two lines down or download them.",
        print: "Print this page",
        download: "Download as a text file",
        saved: "I saved my report number and my receipt",
        not_saved: "Save your number and receipt, then tick the box",
        go: "See my report",
        next_title: "What happens now",
        next: [
            "A computer program reads your report and marks how serious it is.",
            "Serious reports go to an investigator, who has a time limit.",
            "Your report page shows each step as it happens.",
        ],
        file: |number, receipt| {
            format!(
                "Your report\n\nReport number: {number}\nReceipt:       {receipt}\n\nKeep both. You need them to see your report: open the site and choose \"Check a report\".\n"
            )
        },
        file_name: "fraud-report-receipt.txt",
    },
    find: FindWords {
        title: "Check a report",
        lead: "Enter the number and the receipt you got when you sent your report.",
        number: "Report number",
        number_hint: "For example 4839-2017-55",
        receipt: "Receipt",
        receipt_hint: "Spaces, dashes and capital letters do not matter. You can paste it.",
        open: "Open my report",
        need_receipt: "To see this report here, enter its receipt.",
        no_number: "Enter your report number",
        no_receipt: "Enter your receipt",
        wrong: "This number and receipt do not go together. Check both and try again",
        lost_title: "I lost my receipt",
        lost_text: "We cannot show or send it again, because we do not keep it in readable form. Your report goes on all the same. You can send a new report and name the old number in it.",
    },
    status: StatusWords {
        title: |number| format!("Report {number}"),
        states: [
            "We are working on your report",
            "Your report is waiting: a person is looking at a problem",
            "Your report is finished",
            "Your report was closed before it was finished",
        ],
        received: "Received",
        now_title: "What is happening now",
        who: "Who has it",
        promised: "Promised",
        promised_by: |moment| format!("by {moment}"),
        remaining: |duration| format!("in {duration}"),
        past: |duration| format!("{duration} ago"),
        late: "The promised time was missed.",
        no_promise: "There is no time limit for this step.",
        since: "Since",
        none_now: "No step is open.",
        timeline_title: "What happened so far",
        files_title: "Files you sent",
        holder: |holder| match holder {
            Holder::Ai => "A computer program".into(),
            Holder::Service => "An automatic service".into(),
            Holder::People { role, taken } => {
                let who = match role.as_str() {
                    "investigator" => "an investigator".to_owned(),
                    "supervisor" => "a supervisor".to_owned(),
                    other => format!("the team “{other}”"),
                };
                if *taken {
                    let mut who = who;
                    if let Some(first) = who.get_mut(..1) {
                        first.make_ascii_uppercase();
                    }
                    format!("{who} has taken it")
                } else {
                    format!("Waiting for {who}")
                }
            }
        },
        happened: |what| match what {
            Happened::Received => "We received your report".into(),
            Happened::Began { title, .. } => format!("Started: {title}"),
            Happened::Taken { title } => format!("A person took this step: {title}"),
            Happened::Done { title } => format!("Done: {title}"),
            Happened::Missed { title, now: None } => {
                format!("The promised time was missed: {title}. The step goes on.")
            }
            Happened::Missed {
                title,
                now: Some(now),
            } => {
                format!("The promised time was missed: {title}. It went on to: {now}")
            }
            Happened::Paused {
                title,
                reason,
                for_reporter,
            } => match for_reporter {
                true => format!("The clock was stopped: {title}. We wait for you: {reason}"),
                false => format!("The clock was stopped: {title}. Why: {reason}"),
            },
            Happened::Continued { title, .. } => format!("The clock runs again: {title}"),
            Happened::Extended { title, reason, .. } => {
                format!("This step was given more time: {title}. Why: {reason}")
            }
            Happened::Moved { title, .. } => {
                format!("The working days changed, and with them the promised time: {title}")
            }
            Happened::Revised { title, .. } => {
                format!("The rules for this step changed, and with them the promised time: {title}")
            }
            Happened::Added { .. } => "You added information".into(),
            Happened::Held => "Your report stopped at a problem. A person is looking at it.".into(),
            Happened::Resumed => "The problem is solved. Your report goes on.".into(),
            Happened::Finished => "Your report is finished".into(),
            Happened::Cancelled => "Your report was closed before it was finished".into(),
        },
        stopped: |reason, for_reporter| match for_reporter {
            true => format!("The clock is stopped while we wait for you: {reason}"),
            false => format!("The clock is stopped: {reason}"),
        },
        live: "Live: this page changes by itself.",
        paused: "Live updates are paused.",
        reconnecting: |time| format!("Reconnecting – as of {time}"),
        ended: "Live updates have ended. Enter your receipt again to go on.",
        pause: "Pause live updates",
        resume: "Resume live updates",
        changed: |what| format!("Update: {what}"),
        reloads: "This page loads again every 30 seconds.",
        stop_reloading: "Stop that",
        reload: "Load the page again by itself",
        clock_title: "Time now",
    },
    add: add::EN,
    archive: archive::EN,
    people: people::EN,
    audit: audit::EN,
    erase: erase::EN,
    clock: clock::EN,
    lists: lists::EN,
    refusal: RefusalWords {
        not_found_title: "There is no such page",
        not_found: "Check the address. If you followed a link, the page may have moved.",
        not_allowed_title: "Your account cannot open this page",
        not_allowed: "It needs another role. Ask your administrator if you need it for your work.",
        not_now_title: "This page is not available right now",
        not_now: "Nothing was changed or lost. Try again in a minute.",
        not_known_title: "This may not have been kept",
        not_known: "We could not confirm that this was kept. Look at how it stands before you do it again.",
        report_not_known: "We could not confirm that your report was kept. Send it again: it is counted once.",
        too_many_title: "Too many tries",
        too_many: |duration| format!("Wait {duration}, then try again."),
        again: "Try again",
    },
    when: WhenWords {
        units: [
            ["day", "days"],
            ["hour", "hours"],
            ["minute", "minutes"],
            ["second", "seconds"],
        ],
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        date: |day, month, year| format!("{month} {day}, {year}"),
        moment: |time, date| format!("{time} on {date} (UTC)"),
    },
};
