//! The skills that ship: one outline for all languages, one flat file of words for each skill and language.
//!
//! Owns the reading of them. A test holds the keys of all languages against the outline and against each
//! other, so that nothing here is missed at run time.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Caution, Choice, Field, FieldKind, Group, Guide, GuideKind, Phase, Skill, SkillForm};
use crate::content;
use crate::reminder::Language;

pub(super) type Texts = BTreeMap<String, String>;

/// A skill without words.
#[derive(Deserialize)]
pub(super) struct Outline {
    pub id: String,
    group: Group,
    form: SkillForm,
    minutes: u32,
    steps: usize,
    cautions: Vec<CautionOutline>,
    #[serde(default)]
    assigned_only: bool,
    guides: Vec<GuideOutline>,
    fields: Vec<FieldOutline>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum CautionOutline {
    Plain(String),
    /// With `acknowledge` behind it.
    ToAcknowledge(String, AcknowledgeWord),
}

#[derive(Deserialize)]
enum AcknowledgeWord {
    #[serde(rename = "acknowledge")]
    Acknowledge,
}

#[derive(Deserialize)]
struct GuideOutline {
    id: String,
    kind: GuideKind,
    rounds: u32,
    phases: Vec<(String, u32)>,
}

#[derive(Deserialize)]
struct FieldOutline {
    id: String,
    kind: KindWord,
    #[serde(default)]
    max: u32,
    #[serde(default)]
    unit: bool,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    options: Vec<String>,
    #[serde(default)]
    safety: Vec<String>,
    #[serde(default)]
    fields: Vec<FieldOutline>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindWord {
    Scale,
    Number,
    Line,
    Text,
    YesNo,
    Acknowledge,
    Clock,
    Choice,
    Choices,
    Rows,
}

/// Looks words up and notes which were used: the test asks for what is missing and what is left over.
struct Teller<'a> {
    texts: &'a Texts,
    missing: Vec<String>,
    used: Vec<String>,
}

impl Teller<'_> {
    fn say(&mut self, key: String) -> String {
        let Some(text) = self.texts.get(&key) else {
            self.missing.push(key.clone());
            return key;
        };
        self.used.push(key);
        text.clone()
    }

    fn say_if_any(&mut self, key: &str) -> Option<String> {
        let text = self.texts.get(key)?;
        self.used.push(key.to_owned());
        Some(text.clone())
    }

    fn choices(&mut self, key: &str, field: &FieldOutline) -> Vec<Choice> {
        let options = field.options.iter();
        options
            .map(|id| Choice {
                id: id.clone(),
                label: self.say(format!("{key}.{id}")),
                safety: field.safety.contains(id),
            })
            .collect()
    }

    fn field(&mut self, above: &str, outline: &FieldOutline) -> Field {
        let key = format!("{above}.{}", outline.id);
        let label = self.say(key.clone());
        let kind = match outline.kind {
            KindWord::Scale => FieldKind::Scale { max: outline.max },
            KindWord::Number => FieldKind::Number {
                max: outline.max,
                unit: outline.unit.then(|| self.say(format!("{key}.unit"))),
            },
            KindWord::Line => FieldKind::Line,
            KindWord::Text => FieldKind::Text,
            KindWord::YesNo => FieldKind::YesNo,
            KindWord::Acknowledge => FieldKind::Acknowledge,
            KindWord::Clock => FieldKind::Clock,
            KindWord::Choice => FieldKind::Choice {
                options: self.choices(&key, outline),
            },
            KindWord::Choices => FieldKind::Choices {
                options: self.choices(&key, outline),
            },
            KindWord::Rows => FieldKind::Rows {
                fields: self.fields(&key, &outline.fields),
            },
        };
        Field {
            id: outline.id.clone(),
            label,
            kind,
            required: outline.required,
        }
    }

    fn fields(&mut self, above: &str, outlines: &[FieldOutline]) -> Vec<Field> {
        let fields = outlines.iter();
        fields.map(|outline| self.field(above, outline)).collect()
    }

    fn guide(&mut self, outline: &GuideOutline) -> Guide {
        let key = format!("guide.{}", outline.id);
        let phases = outline.phases.iter();
        Guide {
            id: outline.id.clone(),
            title: self.say(key.clone()),
            kind: outline.kind,
            rounds: outline.rounds,
            phases: phases
                .map(|(id, seconds)| Phase {
                    id: id.clone(),
                    prompt: self.say(format!("{key}.{id}")),
                    seconds: *seconds,
                })
                .collect(),
        }
    }

    fn caution(&mut self, outline: &CautionOutline) -> Caution {
        let (id, acknowledge) = match outline {
            CautionOutline::Plain(id) => (id, false),
            CautionOutline::ToAcknowledge(id, AcknowledgeWord::Acknowledge) => (id, true),
        };
        Caution {
            text: self.say(format!("caution.{id}")),
            acknowledge,
        }
    }

    fn skill(&mut self, outline: &Outline) -> Skill {
        let say = |teller: &mut Self, key: &str| teller.say(key.to_owned());
        Skill {
            id: outline.id.clone(),
            group: outline.group,
            form: outline.form,
            title: say(self, "title"),
            also: self.say_if_any("also"),
            summary: say(self, "summary"),
            when: say(self, "when"),
            minutes: outline.minutes,
            steps: (1..=outline.steps)
                .map(|number| self.say(format!("step.{number}")))
                .collect(),
            cautions: outline
                .cautions
                .iter()
                .map(|caution| self.caution(caution))
                .collect(),
            assigned_only: outline.assigned_only,
            guides: outline
                .guides
                .iter()
                .map(|guide| self.guide(guide))
                .collect(),
            fields: self.fields("field", &outline.fields),
        }
    }
}

pub(super) fn outlines() -> Vec<Outline> {
    serde_json::from_str(content::text("skills.json"))
        .expect("the shipped outlines are outlines; a test reads them")
}

fn read(json: &str) -> Texts {
    serde_json::from_str(json).expect("the shipped words are a map of texts; a test reads them")
}

/// The words of a skill.
pub(super) fn texts(id: &str, language: Language) -> Texts {
    let folder = match language {
        Language::English => "en",
        Language::Spanish => "es",
    };
    read(content::text(&format!("{folder}/skills/{id}.json")))
}

/// A skill from its outline and words, with the keys that are missing and those that nothing uses.
pub(super) fn tell(outline: &Outline, texts: &Texts) -> (Skill, Vec<String>, Vec<String>) {
    let mut teller = Teller {
        texts,
        missing: Vec::new(),
        used: Vec::new(),
    };
    let skill = teller.skill(outline);
    let unused = texts.keys().filter(|key| !teller.used.contains(key));
    let unused = unused.cloned().collect();
    (skill, teller.missing, unused)
}

fn all(language: Language) -> Vec<Skill> {
    let each = outlines().into_iter();
    each.map(|outline| tell(&outline, &texts(&outline.id, language)).0)
        .collect()
}

static ENGLISH: LazyLock<Vec<Skill>> = LazyLock::new(|| all(Language::English));
static SPANISH: LazyLock<Vec<Skill>> = LazyLock::new(|| all(Language::Spanish));

/// The skills that ship, in the outline's order.
pub fn shipped_all(language: Language) -> &'static [Skill] {
    match language {
        Language::English => &ENGLISH,
        Language::Spanish => &SPANISH,
    }
}

/// One skill that ships.
pub fn shipped(id: &str, language: Language) -> Option<&'static Skill> {
    shipped_all(language).iter().find(|skill| skill.id == id)
}

static ENGLISH_WORDS: LazyLock<Texts> = LazyLock::new(|| read(content::text("en/skills.json")));
static SPANISH_WORDS: LazyLock<Texts> = LazyLock::new(|| read(content::text("es/skills.json")));

/// Words around skills, such as `group.body` or `private-note`; empty when there are none.
pub fn words(language: Language, key: &str) -> &'static str {
    let texts: &'static Texts = match language {
        Language::English => &ENGLISH_WORDS,
        Language::Spanish => &SPANISH_WORDS,
    };
    texts.get(key).map_or("", String::as_str)
}
