//! Her PIN: set, and checked without telling which of the two it was.

use super::store;
use crate::bounds;
use crate::db::WritePriority;
use crate::foundation::Foundation;
use crate::identity::{Caller, Identity, IdentityError, slow_hash};
use crate::ids::PersonId;

/// What a PIN that was entered is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinVerdict {
    /// Her PIN.
    Right,
    /// Her duress PIN: all but 911 see it as her PIN.
    Duress,
    /// Neither.
    Wrong,
    /// She has set none.
    NoneSet,
}

/// Checks a PIN. Both hashes are computed whichever matches, and stand-ins where one is not set, so
/// that the time it takes tells nothing. Call it outside any write: it takes tens of milliseconds.
///
/// # Errors
/// [`IdentityError::Unauthorized`] where there is no such person; what the database says.
pub async fn check_pin(
    foundation: &Foundation,
    person: PersonId,
    pin: &str,
) -> Result<PinVerdict, IdentityError> {
    let stored = foundation
        .db
        .read(move |conn| Ok::<_, IdentityError>(store::pins(conn, person)?))
        .await?;
    let (real, duress) = stored.ok_or(IdentityError::Unauthorized)?;
    let none_set = real.is_none();
    let [is_real, is_duress] = slow_hash::matches(pin, [real, duress]).await?;
    Ok(match (none_set, is_real, is_duress) {
        (true, ..) => PinVerdict::NoneSet,
        (_, true, _) => PinVerdict::Right,
        (_, false, true) => PinVerdict::Duress,
        (_, false, false) => PinVerdict::Wrong,
    })
}

/// Sets or changes the PIN. To change one takes a trusted device and a stepped-up session; a first
/// one takes neither.
///
/// # Errors
/// [`IdentityError::PinWeak`] unless it is 4 to 8 digits, not all equal, not in a row, and not the
/// duress PIN; [`IdentityError::AlertOpen`] while an alert is open, hidden ones too;
/// [`IdentityError::DeviceTooNew`]; [`IdentityError::StepUpNeeded`].
pub async fn set_pin(identity: &Identity, caller: &Caller, pin: &str) -> Result<(), IdentityError> {
    let (foundation, person, now) = (&identity.foundation, caller.person, identity.now());
    if is_weak(pin) {
        return Err(IdentityError::PinWeak);
    }
    let verdict = check_pin(foundation, person, pin).await?;
    let first = verdict == PinVerdict::NoneSet;
    if !first {
        caller.must_be_trusted(now)?;
        caller.must_be_stepped_up(now)?;
    }
    if verdict == PinVerdict::Duress {
        return Err(IdentityError::PinWeak);
    }
    let hash = slow_hash::make(pin).await?;
    let changed = foundation
        .db
        .write(WritePriority::Background, move |conn| {
            Ok::<_, IdentityError>(store::set_pin(conn, person, &hash, first)?)
        })
        .await?;
    if changed == 0 {
        Err(IdentityError::AlertOpen)
    } else {
        Ok(())
    }
}

fn is_weak(pin: &str) -> bool {
    let digits = pin.as_bytes();
    let well_formed = bounds::PIN.contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    let steps = || {
        digits
            .iter()
            .zip(digits.iter().skip(1))
            .map(|(a, b)| i16::from(*b) - i16::from(*a))
    };
    !well_formed || [-1, 0, 1].iter().any(|step| steps().all(|s| s == *step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_that_everybody_tries_first_are_refused() {
        for weak in [
            "1234",
            "9876",
            "0000",
            "777777",
            "123",
            "123456789",
            "12a4",
            "",
            "１２３９",
        ] {
            assert!(is_weak(weak), "{weak}");
        }
        for fine in ["4821", "1357", "112233", "90210000"] {
            assert!(!is_weak(fine), "{fine}");
        }
    }
}
