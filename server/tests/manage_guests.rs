//! The page of those who invite guests and remove them (TEN-3, INV-1), as plain forms and as data.

use domain::flows::invitations;
use domain::view::{BuiltinGroup, Permission};
use domain::{Error, Field, Problem};

use crate::manage_users::{error_at, group, id_of, is_ticked, outsider, says};
use crate::support::page::{attribute, between, tag, text, value_of};
use crate::support::raw::number;
use crate::support::{Answer, Browser, Stage, both, email_of, link_in};

const GUESTS: &str = "/c/acme/manage/guests";
const SLUG: (&str, &str) = ("slug", "acme");
const OLE: &str = "ole@borealis.example";

/// Invites Ole into the group Guest by the form.
async fn invited(stage: &Stage, olivia: &mut Browser) -> Answer {
    let guests = group(stage, "acme", BuiltinGroup::Guest).await;
    olivia.submit("invite_guest", &[SLUG, ("email", OLE), ("group", &guests)], GUESTS).await
}

/// The id in the first form of this function.
fn id_in(page: &Answer, function: &str) -> String {
    let form = between(&page.body, &format!("action=\"/do/{function}\""), "</form>");
    attribute(tag(form, " name=\"id\""), "value").expect("an id").to_owned()
}

/// The path of the link in the newest letter to Ole.
async fn link(stage: &Stage) -> String {
    while stage.deliver().await > 0 {}
    link_in(stage.letters_to(OLE).iter().find(|letter| letter.text.contains("/invitation/")).expect("an invitation"))
}

both! {
    async fn a_guest_is_invited_and_the_invitation_is_sent_again_and_withdrawn(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let guests = group(&stage, "acme", BuiltinGroup::Guest).await;
        let page = olivia.page(GUESTS).await;
        says(&page, "No invitation is open.");
        assert!(is_ticked(&page, &guests), "Guest is chosen until somebody chooses another");
        let page = invited(&stage, &mut olivia).await;
        let open = "The invitation is open for seven days.";
        for said in [open, OLE, "Invited by Olivia Okafor", "Open until 28 Nov 2026"] {
            says(&page, said);
        }
        let first = link(&stage).await;
        assert_eq!(stage.browser().page(&first).await.status, 200);

        let id = id_in(&page, "resend_invitation");
        let page = olivia.submit("resend_invitation", &[SLUG, ("id", &id)], GUESTS).await;
        says(&page, "The invitation is open for seven days again.");
        let second = link(&stage).await;
        assert_ne!(first, second);
        assert_eq!(stage.browser().page(&first).await.status, 404, "the former link is dead");
        assert_eq!(stage.browser().page(&second).await.status, 200);

        let page = olivia.submit("withdraw_invitation", &[SLUG, ("id", &id)], GUESTS).await;
        says(&page, "The invitation has been withdrawn.");
        says(&page, "No invitation is open.");
        assert_eq!(stage.browser().page(&second).await.status, 404);
        for function in ["withdraw_invitation", "resend_invitation"] {
            let answer = olivia.call(function, &[SLUG, ("id", &id)]).await;
            assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{function}");
        }
    }

    async fn what_is_wrong_with_an_invitation_is_said_at_its_field(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        let guests = group(&stage, "acme", BuiltinGroup::Guest).await;
        let page = olivia.submit("invite_guest", &[SLUG, ("email", "ole <b>"), ("group", &guests)], GUESTS).await;
        assert_eq!(error_at(&page.body, "email"), "Please enter one email address, such as name@example.com.");
        assert_eq!(value_of(&page.body, "email"), Some("ole &lt;b&gt;"));
        let page = olivia.submit("invite_guest", &[SLUG, ("email", OLE)], GUESTS).await;
        assert_eq!(error_at(&page.body, "group"), "Please fill this in.");
        let foreign = group(&stage, "borealis", BuiltinGroup::Guest).await;
        let here = Error::at(Field::Email, Problem::AlreadyMember);
        for (email, group, status, error) in [
            (email_of("una"), guests.as_str(), 422, here.clone()),
            (email_of("greta"), guests.as_str(), 422, here),
            (OLE, foreign.as_str(), 404, Error::NotFound),
            (OLE, "*", 404, Error::NotFound),
        ] {
            let answer = olivia.call("invite_guest", &[SLUG, ("email", email), ("group", group)]).await;
            assert_eq!((answer.status, answer.refused()), (status, error), "{email} {group}");
        }
        let more = [SLUG, ("email", OLE), ("group", guests.as_str()), ("tenant_id", "1")];
        assert_eq!(olivia.call("invite_guest", &more).await.refused(), Error::UnknownField);
        assert_eq!(number(&stage.db, "SELECT COUNT(*) FROM invitations").await, 1, "only that of the demo");
    }

    async fn whoever_has_an_account_is_not_told(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        outsider(&stage, OLE).await;
        let guests = group(&stage, "acme", BuiltinGroup::Guest).await;
        let mut said = Vec::new();
        for email in [OLE, "nobody@x.example"] {
            let answer = olivia.call("invite_guest", &[SLUG, ("email", email), ("group", &guests)]).await;
            said.push((answer.status, answer.body.clone(), answer.header("location").to_owned()));
        }
        assert_eq!(said[0].0, 200);
        assert_eq!(said[0], said[1]);
    }

    async fn a_rejected_invitation_comes_back_with_its_reason(stage: Stage) {
        let una = stage.signed_in("una").await;
        let actor = stage.member(&una, "acme").await.actor().clone();
        let id = invitations::mine(&stage, &actor).await.expect("a read").pop().expect("that of the demo").id;
        let reason = "No time.\nLater <b>perhaps</b>";
        invitations::reject(&stage, &actor, "borealis", &id, reason).await.expect("rejected");
        let mut greta = stage.signed_in("greta").await;
        let page = greta.page("/c/borealis/manage/guests").await;
        for said in ["una@acme.example", "Abgelehnt", reason, "Keine Einladung ist offen.", "Noch keine Gäste"] {
            says(&page, said);
        }
        assert!(!page.body.contains("<b>perhaps"), "{}", page.body);
    }

    async fn a_guest_who_is_removed_is_out_at_once(stage: Stage) {
        let (mut olivia, mut greta) = (stage.signed_in("olivia").await, stage.signed_in("greta").await);
        assert_eq!(greta.page("/c/acme/account").await.status, 200);
        let page = olivia.page(GUESTS).await;
        for said in ["Greta Gruber", email_of("greta"), "Borealis GmbH", "Greta Gruber can no longer enter Acme Ltd"] {
            says(&page, said);
        }
        let id = id_in(&page, "remove_guest");
        assert_eq!(id, id_of(&stage, email_of("greta")).await);
        let page = olivia.submit("remove_guest", &[SLUG, ("id", &id)], GUESTS).await;
        says(&page, "The guest has been removed.");
        says(&page, "No guests yet");
        assert_eq!(greta.page("/c/acme/account").await.status, 404);
        assert_eq!(greta.page("/c/borealis/account").await.status, 200, "her own client stays");
        while stage.deliver().await > 0 {}
        let letters = stage.letters_to(email_of("greta"));
        assert!(letters.iter().any(|letter| letter.subject == "Sie sind nicht mehr Gast bei Acme Ltd"), "she is told");
        // Neither twice, nor whoever is at home here, nor somebody else's.
        let una = id_of(&stage, email_of("una")).await;
        for id in [id.as_str(), una.as_str(), "nobody", ""] {
            let answer = olivia.call("remove_guest", &[SLUG, ("id", id)]).await;
            assert_eq!((answer.status, answer.refused()), (404, Error::NotFound), "{id:?}");
        }
    }

    async fn whoever_may_not_invite_is_told_what_is_missing(stage: Stage) {
        let mut una = stage.signed_in("una").await;
        let page = una.page(GUESTS).await;
        assert_eq!(page.status, 403);
        says(&page, "“Invite guests”. People in the user group Full access can give it to you.");
        assert!(!text(&page.body).contains("Greta Gruber"), "{}", page.body);
        for function in ["invite_guest", "remove_guest", "resend_invitation", "withdraw_invitation"] {
            let answer = una.call(function, &[SLUG]).await;
            let missing = Error::NotPermitted(Permission::GuestsInvite);
            assert_eq!((answer.status, answer.refused()), (403, missing), "{function}");
        }
    }

    async fn nobody_invites_above_their_own_rights(stage: Stage) {
        let mut max = stage.signed_in("max").await;
        let all = group(&stage, "acme", BuiltinGroup::FullAccess).await;
        let page = max.page(GUESTS).await;
        let full_access = tag(&page.body, &format!(" value=\"{all}\""));
        assert!(full_access.split(' ').any(|part| part == "disabled"), "{full_access}");
        says(&page, "Dafür brauchen Sie die Berechtigung „Benutzergruppen bearbeiten“.");
        let guests = group(&stage, "acme", BuiltinGroup::Guest).await;
        assert!(is_ticked(&page, &guests) && !is_ticked(&page, &all));
        let fields = [SLUG, ("email", OLE), ("group", all.as_str())];
        let page = max.submit("invite_guest", &fields, GUESTS).await;
        assert!(!is_ticked(&page, &all), "what is locked cannot be chosen: {}", page.body);
        let answer = max.call("invite_guest", &[SLUG, ("email", OLE), ("group", &all)]).await;
        assert_eq!((answer.status, answer.refused()), (403, Error::NotPermitted(Permission::GroupsEdit)));
    }

    async fn a_place_that_no_list_has_is_as_if_it_were_not_there(stage: Stage) {
        let mut olivia = stage.signed_in("olivia").await;
        for odd in ["after=nonsense", "after=1-%00", "after=%2500", "before=%00", "before=%27", "after=&before="] {
            let page = olivia.page(&format!("{GUESTS}?{odd}")).await;
            assert_eq!(page.status, 200, "{odd}: {}", page.body);
            says(&page, "Greta Gruber");
        }
    }
}
