//! Before a key ends, its owner hears of it once (NOT-1).

use domain::clock::{DAY, HOUR, MINUTE, Millis, SECOND};
use domain::flows::{api_keys, look};
use domain::mail::outbox;
use domain::text::Language;

use crate::support::{SignedIn, Somebody, Stage, both};

const SUBJECT: &str = "An API key ends soon";

/// Somebody who may use the API, signed in.
async fn olivia(stage: &Stage) -> (Somebody, SignedIn) {
    let olivia = stage.person("olivia").await;
    stage.allow_api(&olivia).await;
    let here = stage.sign_in(&olivia).await;
    (olivia, here)
}

/// Lets time go by, and the worker look; says how many letters have come.
async fn told_after(stage: &Stage, later: Millis, email: &str) -> usize {
    stage.clock.advance(later);
    api_keys::tell_due(stage).await.expect("told");
    stage.letters_about(email, SUBJECT).await
}

both! {
    async fn seven_days_before_and_once(stage: Stage) {
        let (olivia, here) = olivia(&stage).await;
        stage.api_key(&here, "Nightly", 30).await;
        assert_eq!(told_after(&stage, 23 * DAY - SECOND, &olivia.email).await, 0);
        assert_eq!(told_after(&stage, SECOND, &olivia.email).await, 1);
        assert_eq!(told_after(&stage, 6 * DAY, &olivia.email).await, 1);
        let letter = stage.letter_about(&olivia.email, SUBJECT).await;
        assert!(letter.contains("Nightly") && letter.contains("21 Dec 2026, 12:45 UTC"), "{letter}");
        assert!(letter.contains("http://localhost:3000/c/acme/account/security/keys"), "{letter}");
    }

    async fn of_a_short_life_half_way(stage: Stage) {
        let (olivia, here) = olivia(&stage).await;
        stage.api_key(&here, "A day", 1).await;
        stage.api_key(&here, "Ten days", 10).await;
        assert_eq!(told_after(&stage, 12 * HOUR - SECOND, &olivia.email).await, 0);
        assert_eq!(told_after(&stage, SECOND, &olivia.email).await, 1);
        assert_eq!(told_after(&stage, 4 * DAY + 12 * HOUR - SECOND, &olivia.email).await, 1);
        assert_eq!(told_after(&stage, SECOND, &olivia.email).await, 2);
    }

    async fn two_workers_tell_once(stage: Stage) {
        let (olivia, here) = olivia(&stage).await;
        for name in ["one", "two", "three"] {
            stage.api_key(&here, name, 2).await;
        }
        stage.clock.advance(DAY);
        let other = stage.again().await;
        let (one, two) = tokio::join!(api_keys::tell_due(&stage), api_keys::tell_due(&other));
        assert_eq!((one, two), (Ok(()), Ok(())));
        while other.deliver().await > 0 {}
        let (here, there) = (stage.letters_about(&olivia.email, SUBJECT), other.letters_about(&olivia.email, SUBJECT));
        assert_eq!(here.await + there.await, 3);
    }

    async fn of_what_has_ended_nothing_is_told(stage: Stage) {
        let (olivia, here) = olivia(&stage).await;
        let (_, id) = stage.api_key(&here, "Ended", 2).await;
        api_keys::end(&stage, &here.actor, &id).await.expect("ended");
        stage.api_key(&here, "Missed", 1).await;
        // A token of a sign-in is none that anybody would make anew.
        stage.api_token(&olivia).await;
        assert_eq!(told_after(&stage, DAY, &olivia.email).await, 0, "no worker was there in time");
        outbox::clear(&stage, stage.clock.now()).await.expect("cleared");
        assert_eq!(stage.number("SELECT COUNT(*) FROM api_tokens").await, 0);
    }

    async fn in_the_language_of_its_owner(stage: Stage) {
        let (olivia, here) = olivia(&stage).await;
        look::choose(&stage, &here.actor, Some(Language::De), None).await.expect("kept");
        stage.clock.advance(MINUTE);
        stage.api_key(&here, "Nachts", 2).await;
        stage.clock.advance(DAY);
        api_keys::tell_due(&stage).await.expect("told");
        let letter = stage.letter_about(&olivia.email, "Ein API-Schl\u{fc}ssel endet bald").await;
        assert!(letter.contains("Nachts") && letter.contains("23.11.2026, 12:46 UTC"), "{letter}");
    }
}
