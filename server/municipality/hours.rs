//! When a line is open. Pure.
//!
//! Hours are wall-clock times. A day's opening is turned into moments through the zone's own rules:
//! a time that the change of the clocks skips becomes the first moment after the gap, and of a time
//! that comes twice a line opens at the first and closes at the last, so that it is never shut by
//! the clock alone.

use chrono::offset::LocalResult;
use chrono::{DateTime, Datelike, Days, Duration, NaiveDate, NaiveDateTime, TimeZone, Utc};
use chrono_tz::Tz;

use super::model::{HelpLine, Holidays, Hours};
use crate::clock::At;

/// No line stays closed longer than this, or it has no hours at all.
const LOOK_AHEAD_DAYS: u64 = 400;

impl HelpLine {
    /// Whether it is answered now.
    #[must_use]
    pub fn open_now(&self, at: At, zone: Tz, holidays: &Holidays) -> bool {
        let now = at.utc();
        let today = now.with_timezone(&zone).date_naive();
        // Hours past midnight began the day before.
        let begun = [today.pred_opt(), Some(today)];
        self.always
            || begun
                .into_iter()
                .flatten()
                .flat_map(|day| self.openings(day, zone, holidays))
                .any(|(from, to)| from <= now && now < to)
    }

    /// The next moment at which it opens; `None` for a line that never closes, and for one without
    /// hours.
    #[must_use]
    pub fn next_opening(&self, at: At, zone: Tz, holidays: &Holidays) -> Option<At> {
        if self.always || self.hours.is_empty() {
            return None;
        }
        let now = at.utc();
        let today = now.with_timezone(&zone).date_naive();
        (0..LOOK_AHEAD_DAYS)
            .filter_map(|ahead| today.checked_add_days(Days::new(ahead)))
            .find_map(|day| {
                self.openings(day, zone, holidays)
                    .map(|(from, _)| from)
                    .filter(|from| *from > now)
                    .min()
            })
            .map(At::from)
    }

    /// The moments between which it is open by the hours of that day.
    fn openings(
        &self,
        day: NaiveDate,
        zone: Tz,
        holidays: &Holidays,
    ) -> impl Iterator<Item = (DateTime<Utc>, DateTime<Utc>)> {
        let working = !holidays.contains(&day);
        self.hours
            .iter()
            .filter(move |h| {
                working
                    && h.days
                        .iter()
                        .any(|d| u32::from(*d) == day.weekday().number_from_monday())
            })
            .filter_map(move |h| opening(h, day, zone))
    }
}

fn opening(hours: &Hours, day: NaiveDate, zone: Tz) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
    let last_day = if hours.to > hours.from {
        day
    } else {
        day.succ_opt()?
    };
    let from = moment(zone, day.and_time(hours.from), false)?;
    let to = moment(zone, last_day.and_time(hours.to), true)?;
    Some((from, to))
}

/// A wall-clock time as a moment; `last` of two where the clocks were set back.
fn moment(zone: Tz, wall: NaiveDateTime, last: bool) -> Option<DateTime<Utc>> {
    // A gap is an hour or less but for a few dates in history when a day was skipped.
    (0..=24 * 4)
        .map(|quarters| wall + Duration::minutes(15 * quarters))
        .find_map(|wall| match zone.from_local_datetime(&wall) {
            LocalResult::Single(t) => Some(t.to_utc()),
            LocalResult::Ambiguous(first, second) => {
                Some(if last { second } else { first }.to_utc())
            }
            LocalResult::None => None,
        })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveTime;

    use super::*;
    use crate::ids::HelpLineId;

    fn line(days: &[u8], from: &str, to: &str) -> HelpLine {
        let time = |t| NaiveTime::parse_from_str(t, "%H:%M").unwrap();
        HelpLine {
            id: HelpLineId::new(),
            phone: "6144102305".into(),
            name_es: String::new(),
            name_en: String::new(),
            always: false,
            hours: vec![Hours {
                days: days.to_vec(),
                from: time(from),
                to: time(to),
            }],
        }
    }

    fn at(text: &str) -> At {
        At::parse(text).unwrap()
    }

    const WEEK: [u8; 5] = [1, 2, 3, 4, 5];

    #[test]
    fn a_line_is_open_from_its_first_minute_to_before_its_last() {
        let (line, zone, none) = (
            line(&WEEK, "09:00", "15:00"),
            Tz::America__Chihuahua,
            Holidays::new(),
        );
        // Tuesday 24 November 2026; Chihuahua is at UTC−6 all year.
        for (moment, open) in [
            ("2026-11-24T08:59:59-06:00", false),
            ("2026-11-24T09:00:00-06:00", true),
            ("2026-11-24T14:59:59-06:00", true),
            ("2026-11-24T15:00:00-06:00", false),
            ("2026-11-28T12:00:00-06:00", false),
            ("2026-11-24T23:00:00Z", false),
        ] {
            assert_eq!(line.open_now(at(moment), zone, &none), open, "{moment}");
        }
    }

    #[test]
    fn it_opens_next_after_weekend_and_holiday() {
        let (line, zone) = (line(&WEEK, "09:00", "15:00"), Tz::America__Chihuahua);
        let holidays: Holidays = [NaiveDate::from_ymd_opt(2026, 12, 25).unwrap()].into();
        let next = |t| line.next_opening(at(t), zone, &holidays).unwrap();
        assert_eq!(
            next("2026-11-24T08:00:00-06:00"),
            at("2026-11-24T09:00:00-06:00")
        );
        assert_eq!(
            next("2026-11-24T09:00:00-06:00"),
            at("2026-11-25T09:00:00-06:00")
        );
        assert_eq!(
            next("2026-11-27T16:00:00-06:00"),
            at("2026-11-30T09:00:00-06:00")
        );
        // Thursday evening before Christmas, a Friday.
        assert_eq!(
            next("2026-12-24T16:00:00-06:00"),
            at("2026-12-28T09:00:00-06:00")
        );
        assert!(!line.open_now(at("2026-12-25T12:00:00-06:00"), zone, &holidays));
    }

    #[test]
    fn hours_past_midnight_belong_to_the_day_they_began() {
        let (line, zone, none) = (
            line(&[5], "22:00", "06:00"),
            Tz::America__Chihuahua,
            Holidays::new(),
        );
        assert!(line.open_now(at("2026-11-27T23:00:00-06:00"), zone, &none));
        assert!(line.open_now(at("2026-11-28T05:59:00-06:00"), zone, &none));
        assert!(!line.open_now(at("2026-11-27T05:00:00-06:00"), zone, &none));
    }

    #[test]
    fn hours_follow_the_town_when_its_clocks_change() {
        // Ciudad Juárez still changes: on 8 March 2026 from −7 to −6, on 1 November back.
        let (line, zone, none) = (
            line(&[1, 2, 3, 4, 5, 6, 7], "09:00", "15:00"),
            Tz::America__Ciudad_Juarez,
            Holidays::new(),
        );
        assert!(line.open_now(at("2026-03-07T16:00:00Z"), zone, &none));
        assert!(!line.open_now(at("2026-03-08T21:00:00Z"), zone, &none));
        assert_eq!(
            line.next_opening(at("2026-03-07T23:00:00Z"), zone, &none),
            Some(at("2026-03-08T15:00:00Z"))
        );
        assert_eq!(
            line.next_opening(at("2026-10-31T23:00:00Z"), zone, &none),
            Some(at("2026-11-01T16:00:00Z"))
        );
    }

    #[test]
    fn a_time_that_is_skipped_or_comes_twice_shuts_nobody_out() {
        let (zone, none) = (Tz::America__Ciudad_Juarez, Holidays::new());
        let every = [1, 2, 3, 4, 5, 6, 7];
        // 02:30 does not exist on 8 March: it opens when the clock reads 03:00.
        let skipped = line(&every, "02:30", "05:00");
        assert_eq!(
            skipped.next_opening(at("2026-03-08T07:30:00Z"), zone, &none),
            Some(at("2026-03-08T09:00:00Z"))
        );
        // 01:30 comes twice on 1 November, at 07:30 and 08:30 UTC: open from the first, and to the
        // last.
        let twice = line(&every, "01:30", "05:00");
        assert_eq!(
            twice.next_opening(at("2026-11-01T06:30:00Z"), zone, &none),
            Some(at("2026-11-01T07:30:00Z"))
        );
        assert!(line(&every, "00:30", "01:30").open_now(at("2026-11-01T08:29:00Z"), zone, &none));
    }

    #[test]
    fn a_line_without_hours_never_opens_and_one_of_always_never_closes() {
        let (mut line, zone, none) = (line(&[], "09:00", "15:00"), Tz::UTC, Holidays::new());
        assert_eq!(
            line.next_opening(at("2026-11-24T08:00:00Z"), zone, &none),
            None
        );
        line.always = true;
        assert!(line.open_now(at("2026-12-25T03:00:00Z"), zone, &none));
    }
}
