//! `/admin/people`: who may look after accounts, and what comes of it.

use hms_app::agency::{Agency, Refused};
use hms_app::views::AccountAct;
use hms_server::clock::wall_ms;
use uuid::Uuid;

use crate::browser::{get, pages, post};
use crate::house::{house, refused};

const DEFINITION: &str = include_str!("../../../workflows/foia-request.yml");

#[tokio::test]
async fn an_administrator_invites_changes_and_keeps_out() {
    let house = house(1.0).await;
    let pages = pages(&house, DEFINITION).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let cookie = format!("hms_session={}", ada.session.clone().unwrap().0);
    let list = get(&pages, "/admin/people", "en", &cookie).await;
    assert!(list.has("ada@agency.example") && list.has("Can sign in"));
    // The roles that definitions name can be given too.
    assert!(
        list.has("value=\"supervisor\"") && list.has("value=\"foia-officer\""),
        "{}",
        list.html
    );

    let wrong = post(
        &pages,
        "/admin/people",
        &cookie,
        &[("email", "maria"), ("name", "<b>M</b>")],
    )
    .await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("Write an email address like") && wrong.has("Choose at least one role"));
    assert!(
        wrong.has("value=\"&lt;b&gt;M&lt;/b&gt;\""),
        "typed text is kept and never markup"
    );
    let fields = [
        ("email", " Maria@X.example"),
        ("name", "Maria <script>"),
        ("role", "supervisor"),
        ("role", "foia-officer"),
        ("language", "es"),
    ];
    let invited = post(&pages, "/admin/people", &cookie, &fields).await;
    assert_eq!(invited.status, 303);
    let taken = post(&pages, "/admin/people", &cookie, &fields).await;
    assert!(taken.status == 422 && taken.has("Somebody has this email address already"));

    let people = house.store.people();
    let maria = people.account("maria@x.example").await.unwrap().unwrap();
    assert_eq!(maria.roles, ["foia-officer", "supervisor"]);
    assert_eq!(maria.language.as_deref(), Some("es"));
    let due = people
        .accounts()
        .links_to_send(wall_ms(), 1_000, 10)
        .await
        .unwrap();
    assert_eq!(due[0].link.person, maria.id);
    let address = format!("/admin/people/{}", maria.id);
    let page = get(&pages, &address, "es", &cookie).await;
    assert!(page.has("lang=\"es\"") && page.has("Invitada") && page.has("Maria &lt;script&gt;"));
    assert!(!page.has("<script>alert") && !page.has("Maria <script>"));

    // Roles hold at once; no role is no answer; being kept out ends what is open.
    let sam = house.staff("Sam", &["supervisor"]).await;
    let sam_id = house.desk.person(&sam).await.unwrap().unwrap().id;
    let sam_at = format!("/admin/people/{sam_id}");
    let roles = post(
        &pages,
        &sam_at,
        &cookie,
        &[("act", "roles"), ("role", "clerk")],
    )
    .await;
    assert_eq!(roles.status, 303);
    assert_eq!(
        house.desk.person(&sam).await.unwrap().unwrap().roles,
        ["clerk"]
    );
    let none = post(&pages, &sam_at, &cookie, &[("act", "roles")]).await;
    assert!(none.status == 422 && none.has("Choose at least one role."));
    assert_eq!(
        post(&pages, &sam_at, &cookie, &[("act", "disable")])
            .await
            .status,
        303
    );
    assert_eq!(house.desk.person(&sam).await.unwrap(), None);
    let page = get(&pages, &sam_at, "en", &cookie).await;
    for line in [
        "Kept out",
        "Changed the roles: From supervisor to clerk",
        "Kept the person out",
        "Ada",
    ] {
        assert!(page.has(line), "{line}");
    }
    assert_eq!(
        post(&pages, &sam_at, &cookie, &[("act", "enable")])
            .await
            .status,
        303
    );
    let unknown = post(&pages, &sam_at, &cookie, &[("act", "promote")]).await;
    assert_eq!(unknown.status, 404);
}

#[tokio::test]
async fn nobody_changes_their_own_account_and_nobody_else_may_at_all() {
    let house = house(1.0).await;
    let ada = house.staff("Ada", &["administrator"]).await;
    let sam = house.staff("Sam", &["supervisor"]).await;
    let (ada_id, sam_id) = (
        house.desk.person(&ada).await.unwrap().unwrap().id,
        house.desk.person(&sam).await.unwrap().unwrap().id,
    );
    let acts = || {
        [
            AccountAct::Roles(vec!["administrator".to_owned()]),
            AccountAct::Disable,
            AccountAct::Enable,
            AccountAct::EndSessions,
            AccountAct::SendLink,
        ]
    };
    for act in acts() {
        let own = house.desk.change_account(&ada, ada_id, act.clone()).await;
        assert_eq!(refused(own), Refused::NotAllowed, "{act:?}");
        for whose in [ada_id, sam_id] {
            let others = house.desk.change_account(&sam, whose, act.clone()).await;
            assert_eq!(refused(others), Refused::NotAllowed, "{act:?}");
        }
        let nobody = house
            .desk
            .change_account(&ada, Uuid::nil(), act.clone())
            .await;
        assert_eq!(refused(nobody), Refused::NotFound, "{act:?}");
    }
    assert_eq!(
        refused(house.desk.people(&sam, None).await),
        Refused::NotAllowed
    );
    assert_eq!(
        refused(house.desk.account(&sam, sam_id).await),
        Refused::NotAllowed
    );
    let shown = house.desk.account(&ada, ada_id).await.unwrap();
    assert!(shown.own && !shown.may_change);
}
