//! `/admin/mails`: the messages kept as files because no SMTP server is set.

use leptos::prelude::*;

use crate::functions::admin::read_mails;
use crate::parts::loaded::loaded;
use crate::parts::moment::Stamp;
use crate::parts::staff_page::StaffPage;
use crate::views::MailRow;

/// The messages, newest first.
#[component]
pub(crate) fn Mails() -> impl IntoView {
    let answer = Resource::new_blocking(|| (), |()| read_mails());
    loaded(answer, |rows| {
        view! {
            <StaffPage title="Mails">
                <p class="usa-intro">
                    "No mail server is set, so each message is kept as a file under the data folder. Times are wall-clock, UTC."
                </p>
                <Rows rows/>
            </StaffPage>
        }
        .into_any()
    })
}

#[component]
fn Rows(rows: Vec<MailRow>) -> impl IntoView {
    if rows.is_empty() {
        return view! { <p>"No message was written yet. One is written when a report with an email address is finished."</p> }
            .into_any();
    }
    rows.into_iter()
        .map(|mail| {
            view! {
                <article class="hms-mail">
                    <h2 class="hms-mail__subject">{mail.subject}</h2>
                    <p class="usa-hint">"To " {mail.to} ", " <Stamp at=mail.at/></p>
                    <p class="hms-answer">{mail.body}</p>
                </article>
            }
        })
        .collect_view()
        .into_any()
}
