//! The phrases of `phrases.txt`, by class, and how a part is looked up among them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::model::Meaning;

/// A section of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// The whole message says this.
    Only(Meaning),
    /// A part says this.
    Part(Meaning),
    /// A part begins or goes on with this.
    Open(Meaning),
    /// A refusal, where a reason follows.
    Because,
    /// How a reason begins.
    Reason,
    /// Changes nothing.
    Courtesy,
    /// A "no" that denies nothing.
    Harmless,
    /// Makes a yes in the same part none.
    Denial,
    /// Makes a yes in the message none.
    Doubt,
    /// A phone wrote it.
    Machine,
    /// A phone wrote it, if there is nothing else.
    MachineOnly,
    /// Before a quotation: a reaction.
    Reaction,
}

/// A phrase: its words.
type Phrase = Vec<String>;

/// All phrases, the longest of a class first.
pub(super) struct Phrases(HashMap<Class, Vec<Phrase>>);

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| Phrases::parse(include_str!("phrases.txt")));

impl Phrases {
    pub(super) fn get() -> &'static Self {
        &PHRASES
    }

    /// Reads the file. A section with a name that is not known is left out; a test finds it.
    fn parse(text: &str) -> Self {
        let mut by_class: HashMap<Class, Vec<Phrase>> = HashMap::new();
        let mut class = None;
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if let Some(name) = line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                class = section(name);
            } else if let Some(class) = class {
                let words = line.split_whitespace().map(str::to_owned).collect();
                by_class.entry(class).or_default().push(words);
            }
        }
        for phrases in by_class.values_mut() {
            phrases.sort_by_key(|phrase| std::cmp::Reverse(phrase.len()));
        }
        Self(by_class)
    }

    fn of(&self, class: Class) -> &[Phrase] {
        self.0.get(&class).map_or(&[], Vec::as_slice)
    }

    /// Whether `words` is a phrase of that class and nothing else.
    pub(super) fn is(&self, class: Class, words: &[String]) -> bool {
        self.of(class).iter().any(|phrase| phrase == words)
    }

    /// Whether a phrase of that class is anywhere in `words`.
    pub(super) fn any_in(&self, class: Class, words: &[String]) -> bool {
        self.of(class)
            .iter()
            .any(|phrase| position(words, phrase).is_some())
    }

    /// The words without all phrases of these classes, the longest taken first.
    pub(super) fn without(&self, classes: &[Class], words: &[String]) -> Vec<String> {
        let mut rest = Vec::new();
        let mut left = words;
        while let [first, behind @ ..] = left {
            let longest = classes
                .iter()
                .flat_map(|class| self.of(*class))
                .filter(|phrase| left.starts_with(phrase))
                .map(Vec::len)
                .max();
            match longest {
                Some(length) => left = left.get(length..).unwrap_or_default(),
                None => {
                    rest.push(first.clone());
                    left = behind;
                }
            }
        }
        rest
    }

    /// What a part that consists of phrases and of nothing else says, and whether that holds
    /// whatever the rest of the message says.
    pub(super) fn whole(&self, words: &[String]) -> Option<(Meaning, bool)> {
        let mut said: Option<(Meaning, bool)> = None;
        let mut left = words;
        while !left.is_empty() {
            let (length, meaning, plainly) = self.begins(left)?;
            said = match said {
                None => Some((meaning, plainly)),
                Some((before, was)) if before == meaning => Some((meaning, was || plainly)),
                Some(_) => return None,
            };
            left = left.get(length..).unwrap_or_default();
        }
        said
    }

    /// The longest phrase with a meaning that `words` begin with.
    fn begins(&self, words: &[String]) -> Option<(usize, Meaning, bool)> {
        let of = |class: Class, meaning: Meaning, plainly: bool| {
            self.of(class)
                .iter()
                .find(|phrase| words.starts_with(phrase))
                .map(|phrase| (phrase.len(), meaning, plainly))
        };
        Meaning::ALL
            .iter()
            .flat_map(|meaning| {
                [
                    of(Class::Open(*meaning), *meaning, true),
                    of(Class::Part(*meaning), *meaning, true),
                    of(Class::Only(*meaning), *meaning, false),
                ]
            })
            .flatten()
            .max_by_key(|(length, ..)| *length)
    }

    /// The meaning of an open phrase anywhere in `words`, if all that are there say the same.
    pub(super) fn open_in(&self, words: &[String]) -> Option<Meaning> {
        let mut found = Meaning::ALL
            .iter()
            .copied()
            .filter(|meaning| self.any_in(Class::Open(*meaning), words));
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }

    /// Whether `words` refuse, say why, and say nothing that is a yes.
    pub(super) fn refuses_because(&self, words: &[String]) -> bool {
        self.of(Class::Because).iter().any(|phrase| {
            let Some(why) = words.strip_prefix(phrase.as_slice()) else {
                return false;
            };
            let yes = [Meaning::OnMyWay, Meaning::WithHer].iter().any(|meaning| {
                self.any_in(Class::Part(*meaning), why) || self.any_in(Class::Open(*meaning), why)
            });
            !yes && self
                .of(Class::Reason)
                .iter()
                .any(|reason| why.starts_with(reason))
        })
    }
}

fn section(name: &str) -> Option<Class> {
    if let Some((meaning, how)) = name.rsplit_once(' ') {
        return match (Meaning::parse(meaning)?, how) {
            (Meaning::Machine, "only") => Some(Class::MachineOnly),
            (Meaning::Machine, "contains") => Some(Class::Machine),
            (meaning, "only") => Some(Class::Only(meaning)),
            (meaning, "part") => Some(Class::Part(meaning)),
            (meaning, "open") => Some(Class::Open(meaning)),
            (Meaning::CannotHelp, "because") => Some(Class::Because),
            _ => None,
        };
    }
    match name {
        "reason" => Some(Class::Reason),
        "courtesy" => Some(Class::Courtesy),
        "harmless" => Some(Class::Harmless),
        "denial" => Some(Class::Denial),
        "doubt" => Some(Class::Doubt),
        "reaction" => Some(Class::Reaction),
        _ => None,
    }
}

/// Where `phrase` begins in `words`.
fn position(words: &[String], phrase: &[String]) -> Option<usize> {
    words
        .windows(phrase.len().max(1))
        .position(|window| window == phrase)
}

#[cfg(test)]
mod tests {
    use super::super::fold;
    use super::*;

    #[test]
    fn every_section_is_known_and_every_phrase_is_as_it_is_read() {
        for line in include_str!("phrases.txt").lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) {
                Some(name) => assert!(section(name).is_some(), "[{name}]"),
                None => {
                    let read: Vec<String> = fold::parts(line)
                        .into_iter()
                        .flat_map(|part| part.words)
                        .collect();
                    assert!(
                        read.join(" ") == line || matches!(line, "pero" | "but"),
                        "{line:?} is never read so: {read:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn no_phrase_has_two_meanings() {
        let phrases = Phrases::get();
        for (class, all) in &phrases.0 {
            let (Class::Only(one) | Class::Part(one) | Class::Open(one)) = class else {
                continue;
            };
            for phrase in all {
                for other in Meaning::ALL.iter().filter(|other| *other != one) {
                    for there in [
                        Class::Only(*other),
                        Class::Part(*other),
                        Class::Open(*other),
                    ] {
                        assert!(!phrases.is(there, phrase), "{phrase:?}");
                    }
                }
            }
        }
    }
}
