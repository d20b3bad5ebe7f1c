//! The evening itself: what happens, line by line, and the verdict.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::json;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use super::real::RealPhone;
use super::stage;
use super::tally::Tally;
use crate::app::App;
use crate::cli::demo::api::Api;
use crate::cli::demo::phones::{self, Phones};
use crate::cli::say::say;
use crate::cli::terminal::told;
use crate::clock::Clock;
use crate::config::Config;
use crate::delivery::Channels;
use crate::delivery::channels::terminal::client::{Printer, Shown};
use crate::delivery::channels::trial::Trial;
use crate::delivery::channels::verdict::Verdict;
use crate::delivery::model::Channel;
use crate::foundation::Foundation;
use crate::seal::Keyring;
use crate::wording;

/// Alarms that a supervisor gets: one as the record comes, one when no operator has claimed it.
const ALARMS: usize = 2;
/// How long after an alarm is due its provider may take, with all tries.
const PATIENCE: Duration = Duration::from_secs(30);
/// After the last answer: a second provider may still be asked.
const SETTLES: Duration = Duration::from_secs(1);

/// A rehearsal under way.
struct Evening<'a> {
    phone: &'a RealPhone,
    /// For the texts before and after, which are no part of an alarm.
    by_hand: Channels,
    clock: Clock,
    arrived: UnboundedReceiver<Shown>,
    began: Instant,
    tally: Tally,
    /// Why a text before or after was not taken.
    unannounced: Option<String>,
}

/// Plays it, and says what came of it; whether the provider took everything.
///
/// # Errors
/// What keeps the scratch server from starting; Ctrl-C.
pub async fn play(
    config: Config,
    phone: &RealPhone,
    folder: &Path,
    pause: u64,
) -> anyhow::Result<bool> {
    let (clock, config) = (Clock::system(), stage::configure(config, folder));
    Keyring::make(&config.seal.key_dir, clock.now(), 4)?;
    let (tray, phones) = phones::open();
    let (news, arrived) = unbounded_channel();
    let printer: Printer = Arc::new(move |shown: Shown| {
        let _ = news.send(shown.clone());
        tray(shown);
    });
    let channels = |printer| Channels::rehearsal(printer, &config, &clock, phone.number.as_str());
    let mut evening = Evening {
        phone,
        by_hand: channels(Arc::new(|_| {}))?,
        clock: clock.clone(),
        arrived,
        began: Instant::now(),
        tally: Tally::default(),
        unannounced: None,
    };
    let channels = channels(printer)?;
    let unclaimed = Duration::from_secs(config.plan.unclaimed_supervisors_s);
    let foundation = Foundation::open(config, clock)?;
    stage::seed(&foundation, phone).await?;
    let app = App::on(foundation, channels).await?;
    let (base, stop) = (format!("http://127.0.0.1:{}", app.port()), app.stop());
    let mut serving = tokio::spawn(app.run_until_stopped());
    let pause = Duration::from_secs(pause);
    let played = tokio::select! {
        played = evening.play(&base, &phones, pause, unclaimed) => played,
        ended = &mut serving => {
            ended??;
            evening.announce("rehearsal-ends").await;
            bail!(told("rehearse-interrupted", &[]));
        }
    };
    // Once nothing sends any more, so that no alarm follows the text that ends the drill.
    stop.now();
    serving.await??;
    evening.print_arrived();
    let announced = played?;
    if announced {
        evening.announce("rehearsal-ends").await;
    }
    Ok(evening.verdict(announced))
}

impl Evening<'_> {
    /// From the first text to her closing; `false` where the drill could not be announced, so that no
    /// alarm was sent.
    async fn play(
        &mut self,
        base: &str,
        phones: &Phones,
        pause: Duration,
        unclaimed: Duration,
    ) -> anyhow::Result<bool> {
        let she = stage::people(base, phones).await?;
        // Signing in and inviting are no part of the evening.
        while self.arrived.try_recv().is_ok() {}
        self.began = Instant::now();
        if !self.announce("rehearsal-begins").await {
            return Ok(false);
        }
        self.hint("rehearse-see-text");
        tokio::time::sleep(pause).await;
        let api = Api::new(base)?.bearing(&she.alert_token);
        let alert = format!("/v1/alerts/{}", uuid::Uuid::new_v4());
        self.line(&told("rehearse-presses", &[]), "");
        api.put(&alert, json!({})).await?;
        self.alarm(1, Instant::now() + PATIENCE).await;
        self.hint("rehearse-see-text");
        if self.phone.calls {
            self.hint("rehearse-hear-call");
        }
        if self.tally.taken(Channel::Sms) + self.tally.taken(Channel::Voice) > 0 {
            let seconds = unclaimed.as_secs().to_string();
            self.line(&told("rehearse-waits", &[("seconds", &seconds)]), "");
            self.alarm(ALARMS, Instant::now() + unclaimed + PATIENCE)
                .await;
        }
        self.line(&told("rehearse-closes", &[]), "");
        api.post(&format!("{alert}/close"), json!({})).await?;
        Ok(true)
    }

    /// Shows what comes until so many alarms are settled on each channel, or until then.
    async fn alarm(&mut self, alarms: usize, until: Instant) {
        loop {
            let calls = !self.phone.calls || self.tally.settled(Channel::Voice, alarms);
            let settled = calls && self.tally.settled(Channel::Sms, alarms);
            let left = until.saturating_duration_since(Instant::now());
            let wait = if settled { left.min(SETTLES) } else { left };
            match timeout(wait, self.arrived.recv()).await {
                Ok(Some(shown)) => self.show(&shown),
                Ok(None) | Err(_) => return,
            }
        }
    }

    fn print_arrived(&mut self) {
        while let Ok(shown) = self.arrived.try_recv() {
            self.show(&shown);
        }
    }

    fn show(&mut self, shown: &Shown) {
        self.tally.note(shown);
        let over = match shown.channel {
            Channel::Voice => "call",
            _ => "text",
        };
        let (what, result) = match &shown.answered {
            None => ("rehearse-contact", String::new()),
            Some(answered) => {
                let key = match answered.verdict {
                    Verdict::Sent => "rehearse-taken",
                    Verdict::Failed { .. } => "rehearse-refused",
                    Verdict::Again { .. } => "rehearse-again",
                };
                let what = match over {
                    "call" => "rehearse-call",
                    _ => "rehearse-text",
                };
                (what, told(key, &[("cause", &answered.cause)]))
            }
        };
        self.line(&told(what, &[]), &format!("[{}] {result}", shown.words));
    }

    /// Sends a text before or after the alarms, over the first provider that takes it.
    async fn announce(&mut self, words: &'static str) -> bool {
        let here = &self.phone.municipality;
        let text = wording::say(here.language, &format!("sms-{words}"), &[]);
        let mut causes = Vec::new();
        for nth in 0..self.by_hand.sms.len() {
            let trial = Trial {
                channel: Channel::Sms,
                nth,
                senders: here.senders().texts,
                to: self.phone.number.as_str().to_owned(),
                words,
                language: here.language,
            };
            match self.by_hand.send_trial(trial, self.clock.now()).await {
                Ok(()) => {
                    let taken = told("rehearse-taken", &[]);
                    self.line(&told("rehearse-text", &[]), &format!("[{text}] {taken}"));
                    return true;
                }
                Err(cause) => causes.push(cause),
            }
        }
        let cause = causes.join(", ");
        let refused = told("rehearse-refused", &[("cause", &cause)]);
        self.line(&told("rehearse-text", &[]), &format!("[{text}] {refused}"));
        self.unannounced = Some(cause);
        false
    }

    /// The counts, what to correct, and whether all is well.
    fn verdict(&self, announced: bool) -> bool {
        say!("");
        let wanted = ALARMS.to_string();
        let [texts, calls] = [Channel::Sms, Channel::Voice].map(|of| self.tally.taken(of));
        let mut works = announced && self.unannounced.is_none() && texts == ALARMS;
        for (channel, key, taken) in [
            (Channel::Sms, "rehearse-texts", texts),
            (Channel::Voice, "rehearse-calls", calls),
        ] {
            if channel == Channel::Voice && !self.phone.calls {
                say!("{}", told("rehearse-no-calls", &[]));
                continue;
            }
            works &= taken == ALARMS;
            let taken = taken.to_string();
            say!("{}", told(key, &[("taken", &taken), ("wanted", &wanted)]));
            for cause in self.tally.refusals(channel) {
                say!("  {}", told(&format!("{key}-refused"), &[("cause", cause)]));
            }
        }
        if let Some(cause) = &self.unannounced {
            say!("{}", told("rehearse-unannounced", &[("cause", cause)]));
        }
        let key = match works {
            true => "rehearse-works",
            false => "rehearse-fails",
        };
        say!("{}", told(key, &[]));
        works
    }

    fn hint(&self, key: &str) {
        say!("  {:>9}  {}", "", told(key, &[]));
    }

    fn line(&self, what: &str, detail: &str) {
        let seconds = self.began.elapsed().as_secs_f64();
        say!("  {seconds:>7.1} s  {what}  {detail}");
    }
}
