//! The words that the core gives: the same keys in every language, and plain enough to read.
//!
//! Every file below `content/en` is looked at, so a new one is held to this without a line here. Reading level
//! is worked out by published formulas and told with its figure:
//!
//! - English: the Flesch-Kincaid grade, `0.39 * words / sentences + 11.8 * syllables / words - 15.59`
//!   (Kincaid, Fishburne, Rogers and Chissom 1975). Not above 8, the upper bound of issue 5.
//! - Spanish: the Flesch-Szigriszt ease, `206.835 - 62.3 * syllables / words - words / sentences` (Szigriszt
//!   Pazos 1993), on the INFLESZ scale (Barrio-Cantalejo and others 2008): above 65 is "quite easy", the level
//!   of primary school and the popular press.
//!
//! Syllables are counted by rules of spelling: near a dictionary, and the same each time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Highest grade of an English text.
const MOST_GRADE: f64 = 8.0;
/// Lowest ease of a Spanish text.
const LEAST_EASE: f64 = 65.0;
/// Shorter texts say little about their level and are judged with the others of their folder.
const LEAST_WORDS: usize = 40;

/// English files without a Spanish one, and why.
const ENGLISH_ONLY: [(&str, &str); 3] = [
    (
        "questionnaires/core10.json",
        "no translation that we may ship",
    ),
    ("questionnaires/k10.json", "no translation that we may ship"),
    (
        "questionnaires/pcl5.json",
        "no translation that we may ship",
    ),
];

/// Every file of a language, by its path in the folder.
fn files(language: &str) -> BTreeMap<String, String> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("content")
        .join(language);
    let mut folders = vec![root.clone()];
    let mut found = BTreeMap::new();
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(folder).expect("a folder of content") {
            let path = item.expect("an item").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&root).expect("below the root");
            let name = name.to_string_lossy().replace('\\', "/");
            found.insert(name, fs::read_to_string(&path).expect("text"));
        }
    }
    found
}

fn is_json(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|kind| kind == "json")
}

/// What has to be the same in both languages: keys of a map of texts, items of a questionnaire, the number of
/// headings of a piece to read, and the gaps such as `{name}` in each text.
fn shape(name: &str, text: &str) -> BTreeSet<String> {
    if !is_json(name) {
        let headings = text.lines().filter(|line| line.starts_with('#')).count();
        return BTreeSet::from([format!("{headings} headings")]);
    }
    let json: Value = serde_json::from_str(text).expect("JSON");
    let mut shape = BTreeSet::new();
    walk(&json, "", &mut shape);
    shape
}

fn walk(json: &Value, at: &str, shape: &mut BTreeSet<String>) {
    match json {
        Value::Object(map) => {
            for (key, value) in map {
                walk(value, &format!("{at}/{key}"), shape);
            }
        }
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                walk(value, &format!("{at}/{index}"), shape);
            }
        }
        Value::String(text) => {
            let gaps: BTreeSet<&str> = text
                .split('{')
                .skip(1)
                .filter_map(|rest| Some(rest.split_once('}')?.0))
                .collect();
            let empty = if text.is_empty() { " (empty)" } else { "" };
            shape.insert(format!("{at} {gaps:?}{empty}"));
        }
        other => {
            shape.insert(format!("{at} {other}"));
        }
    }
}

/// Parts of a questionnaire that tell of its language and its source, not of its items.
const OF_THE_LANGUAGE: [&str; 8] = [
    "/language",
    "/copyright",
    "/publisher",
    "/contact",
    "/extension",
    "/url",
    "/meta",
    "/text",
];

fn differences(name: &str, english: &str, spanish: &str) -> Vec<String> {
    let (english, spanish) = (shape(name, english), shape(name, spanish));
    let questionnaire = name.starts_with("questionnaires/");
    let of_the_language = |line: &str| OF_THE_LANGUAGE.iter().any(|start| line.starts_with(start));
    english
        .symmetric_difference(&spanish)
        .filter(|line| !questionnaire || !of_the_language(line))
        .cloned()
        .collect()
}

#[test]
fn english_and_spanish_have_the_same_keys() {
    let (english, spanish) = (files("en"), files("es"));
    assert!(english.len() > 20, "the content is there");
    let mut wrong = Vec::new();
    for (name, text) in &english {
        let alone = ENGLISH_ONLY.iter().any(|(only, _)| only == name);
        match spanish.get(name) {
            None if !alone => wrong.push(format!("{name}: no Spanish file")),
            Some(_) if alone => wrong.push(format!("{name}: there is a Spanish file now")),
            None => {}
            Some(other) => {
                let lines = differences(name, text, other).into_iter();
                wrong.extend(lines.map(|line| format!("{name}: {line}")));
            }
        }
    }
    let extra = spanish.keys().filter(|name| !english.contains_key(*name));
    wrong.extend(extra.map(|name| format!("{name}: no English file")));
    assert_eq!(wrong, Vec::<String>::new());
    // The test would see a key that is missing, a gap that is not filled and an empty text.
    let seen = |one: &str, other: &str| differences("a.json", one, other).len();
    assert_eq!(
        seen(r#"{"a":"x {n}","b":"y"}"#, r#"{"a":"z {n}","b":"w"}"#),
        0
    );
    assert_eq!(seen(r#"{"a":"x","b":"y"}"#, r#"{"a":"x"}"#), 1);
    assert_eq!(seen(r#"{"a":"x {n}"}"#, r#"{"a":"x"}"#), 2);
    assert_eq!(seen(r#"{"a":"x"}"#, r#"{"a":""}"#), 2);
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    sentences: usize,
    words: usize,
    syllables: usize,
}

impl Count {
    fn of(texts: &[String], syllables: fn(&str) -> usize) -> Self {
        let mut count = Self::default();
        for text in texts {
            for sentence in text.split(['.', '!', '?', ':', ';', '\n']) {
                let words: Vec<&str> = sentence
                    .split(|letter: char| !letter.is_alphabetic() && letter != '\'')
                    .filter(|word| word.chars().any(char::is_alphabetic))
                    .collect();
                if words.is_empty() {
                    continue;
                }
                count.sentences += 1;
                count.words += words.len();
                count.syllables += words.into_iter().map(syllables).sum::<usize>();
            }
        }
        count
    }

    fn ratio(over: usize, under: usize) -> f64 {
        let float = |n: usize| f64::from(u32::try_from(n).expect("few words"));
        float(over) / float(under.max(1))
    }

    /// Flesch-Kincaid.
    fn grade(self) -> f64 {
        let length = Self::ratio(self.words, self.sentences);
        0.39 * length + 11.8 * Self::ratio(self.syllables, self.words) - 15.59
    }

    /// Flesch-Szigriszt.
    fn ease(self) -> f64 {
        let length = Self::ratio(self.words, self.sentences);
        206.835 - 62.3 * Self::ratio(self.syllables, self.words) - length
    }
}

/// Groups of vowels, less a silent ending.
fn english_syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let vowel = |letter: char| "aeiouy".contains(letter);
    let mut groups = 0;
    let mut within = false;
    for letter in word.chars() {
        groups += usize::from(vowel(letter) && !within);
        within = vowel(letter);
    }
    let before = |end: &str| {
        word.strip_suffix(end)
            .and_then(|start| start.chars().last())
    };
    // "table" ends in a syllable, "while" does not.
    let syllabic_le = before("le").is_some_and(|last| !vowel(last));
    let silent_e = before("e").is_some_and(|last| !vowel(last)) && !syllabic_le;
    let silent_ed = before("ed").is_some_and(|last| !vowel(last) && last != 't' && last != 'd');
    let plural_es = before("es").is_some_and(|last| !"aeiouyszxcg".contains(last))
        && !word.ends_with("ches")
        && !word.ends_with("shes");
    let silent = silent_e || silent_ed || plural_es;
    groups.saturating_sub(usize::from(silent)).max(1)
}

/// Groups of vowels; two strong ones, or a weak one with an accent beside a strong one, are two.
fn spanish_syllables(word: &str) -> usize {
    let word = word.to_lowercase();
    let word = word
        .replace("qu", "q")
        .replace("gue", "ge")
        .replace("gui", "gi");
    let letters: Vec<char> = word.chars().collect();
    let strong = |letter: char| "aeoáéóíú".contains(letter);
    let weak = |letter: char| "iuü".contains(letter);
    // At the end of a word y is a vowel: hay, muy.
    let vowel = |at: usize| {
        let letter = letters[at];
        strong(letter) || weak(letter) || (letter == 'y' && at + 1 == letters.len())
    };
    let mut syllables = 0;
    for at in 0..letters.len() {
        if !vowel(at) {
            continue;
        }
        let joined = at > 0 && vowel(at - 1) && !(strong(letters[at]) && strong(letters[at - 1]));
        syllables += usize::from(!joined);
    }
    syllables.max(1)
}

/// Our own questionnaire. The others are their authors' and stay as they are.
const OUR_QUESTIONNAIRE: &str = "questionnaires/daily-check-in.json";

/// The sentences of a file that people read.
fn texts(name: &str, text: &str) -> Vec<String> {
    if name.starts_with("questionnaires/") && name != OUR_QUESTIONNAIRE {
        return Vec::new();
    }
    if !is_json(name) {
        let plain = |line: &str| line.trim_start_matches(['#', '-', '*', ' ']).to_owned();
        return text.lines().map(plain).collect();
    }
    let json: Value = serde_json::from_str(text).expect("JSON");
    let mut found = Vec::new();
    strings(&json, "", &mut found);
    found
}

fn strings(json: &Value, key: &str, found: &mut Vec<String>) {
    match json {
        Value::Object(map) => {
            for (key, value) in map {
                strings(value, key, found);
            }
        }
        Value::Array(list) => {
            for value in list {
                strings(value, key, found);
            }
        }
        // Whole sentences, questions and lines of five words or more: labels of a word or two would make any
        // file look easy. Not what some clinics call a skill, which is a cross-reference, nor the words of a law.
        Value::String(text)
            if !["also", "part-two", "copyright"].contains(&key)
                && (text.ends_with(['.', '"', '?', '!', ':'])
                    || text.split_whitespace().count() >= 5) =>
        {
            found.push(text.clone());
        }
        _ => {}
    }
}

/// Texts by what is judged together: a file of some length, or the short ones of a folder.
fn judged(language: &str, syllables: fn(&str) -> usize) -> BTreeMap<String, Count> {
    let mut together: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, text) in files(language) {
        let texts = texts(&name, &text);
        if texts.is_empty() {
            continue;
        }
        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let short = Count::of(&texts, syllables).words < LEAST_WORDS;
        let of = if short {
            format!("{folder}/(short ones)")
        } else {
            name
        };
        together.entry(of).or_default().extend(texts);
    }
    let counts = together.into_iter();
    counts
        .map(|(of, texts)| (of, Count::of(&texts, syllables)))
        .collect()
}

/// In the test's output also when it passes: the harness keeps back only what `print!` says.
fn tell(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

#[test]
fn english_reads_at_8th_grade_or_below() {
    let judged = judged("en", english_syllables);
    let skills = judged.keys().filter(|of| of.starts_with("skills/"));
    assert!(skills.count() >= 18, "skills are judged");
    let mut hard = Vec::new();
    for (of, count) in &judged {
        let (grade, words) = (count.grade(), count.words);
        tell(&format!(
            "reading level en {of}: grade {grade:.1} ({words} words)"
        ));
        if grade > MOST_GRADE {
            hard.push(format!("{of}: {grade:.1}"));
        }
    }
    assert_eq!(
        hard,
        Vec::<String>::new(),
        "Flesch-Kincaid grade above {MOST_GRADE}"
    );
}

#[test]
fn spanish_reads_quite_easy_or_easier() {
    let judged = judged("es", spanish_syllables);
    let skills = judged.keys().filter(|of| of.starts_with("skills/"));
    assert!(skills.count() >= 18, "skills are judged");
    let mut hard = Vec::new();
    for (of, count) in &judged {
        let (ease, words) = (count.ease(), count.words);
        tell(&format!(
            "reading level es {of}: INFLESZ {ease:.1} ({words} words)"
        ));
        if ease < LEAST_EASE {
            hard.push(format!("{of}: {ease:.1}"));
        }
    }
    assert_eq!(hard, Vec::<String>::new(), "INFLESZ below {LEAST_EASE}");
}

/// Everything of a file that can be read, keys and codes left out.
fn all_strings(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Object(map) => map.values().for_each(|value| all_strings(value, found)),
        Value::Array(list) => list.iter().for_each(|value| all_strings(value, found)),
        Value::String(text) => found.push(text.clone()),
        _ => {}
    }
}

/// Words that only somebody says who says "tú".
const FAMILIAR: [&str; 60] = [
    "tú",
    "tu",
    "tus",
    "te",
    "ti",
    "contigo",
    "tuyo",
    "tuya",
    "tuyos",
    "tuyas",
    "eres",
    "estás",
    "has",
    "vas",
    "puedes",
    "quieres",
    "tienes",
    "haces",
    "sabes",
    "piensas",
    "sientes",
    "crees",
    "escribes",
    "ves",
    "vienes",
    "dices",
    "necesitas",
    "vives",
    "duermes",
    "comes",
    "tomas",
    "prefieres",
    "conoces",
    "haz",
    "pon",
    "ten",
    "practicas",
    "sal",
    "di",
    "dile",
    "dilo",
    "hazlo",
    "hazla",
    "ponle",
    "ponte",
    "mírate",
    "siéntate",
    "quédate",
    "levántate",
    "muévete",
    "pregúntate",
    "cuéntalo",
    "anótalo",
    "escríbelo",
    "llévalo",
    "míralo",
    "nótalo",
    "elige",
    "respira",
    "aprieta",
];

/// Words that end like "hiciste" or "verás" and are something else.
const NOT_FAMILIAR: [&str; 11] = [
    "existe",
    "triste",
    "viste",
    "insiste",
    "consiste",
    "asiste",
    "baste",
    "contraste",
    "atrás",
    "detrás",
    "trabas",
];

/// Words of a text that say "tú". What stands in quotation marks is said between people who know each other.
fn familiar(text: &str) -> Vec<String> {
    let said_by_us = text.split('"').step_by(2);
    said_by_us
        .flat_map(|part| part.split(|letter: char| !letter.is_alphabetic()))
        .map(str::to_lowercase)
        .filter(|word| {
            let ends = ["aste", "iste", "abas", "rás"]
                .iter()
                .any(|end| word.ends_with(end));
            let past_or_future = ends && !NOT_FAMILIAR.contains(&word.as_str());
            past_or_future || FAMILIAR.contains(&word.as_str())
        })
        .collect()
}

/// Adults in treatment are addressed with "usted", on every screen and in every piece.
#[test]
fn spanish_says_usted() {
    let mut wrong = Vec::new();
    for (name, text) in files("es") {
        let mut texts = vec![text.clone()];
        if is_json(&name) {
            texts.clear();
            all_strings(&serde_json::from_str(&text).expect("JSON"), &mut texts);
        }
        let lines = texts.iter().flat_map(|text| text.lines());
        for line in lines {
            let words = familiar(line);
            if !words.is_empty() {
                wrong.push(format!("{name}: {words:?} in {line}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    // It sees each way of saying it, and lets quoted speech and other words be.
    for (text, found) in [
        ("Pon tu atención en el aire.", 2),
        ("¿Cómo dormiste? Lo verás aquí.", 2),
        ("Diga: \"Quiero hablar contigo\". Dé un paso atrás.", 0),
        ("Existe un plan, aunque esté triste.", 0),
    ] {
        assert_eq!(familiar(text).len(), found, "{text}");
    }
}

#[test]
fn syllables_are_those_of_a_dictionary() {
    for (word, syllables) in [
        ("the", 1),
        ("breathe", 1),
        ("table", 2),
        ("notice", 2),
        ("distress", 2),
        ("used", 1),
        ("wanted", 2),
        ("places", 2),
        ("feelings", 2),
        ("opposite", 3),
        ("activity", 4),
        ("today", 2),
        ("minutes", 2),
        ("changes", 2),
    ] {
        assert_eq!(english_syllables(word), syllables, "{word}");
    }
    for (word, syllables) in [
        ("respira", 3),
        ("aire", 2),
        ("despacio", 3),
        ("día", 2),
        ("cuerpo", 2),
        ("que", 1),
        ("guía", 2),
        ("leer", 2),
        ("muy", 1),
        ("corazón", 3),
        ("ayuda", 3),
        ("siguiente", 3),
        ("habilidad", 4),
        ("o", 1),
        ("agua", 2),
    ] {
        assert_eq!(spanish_syllables(word), syllables, "{word}");
    }
}

#[test]
fn the_formulas_tell_hard_from_easy() {
    let of = |text: &str, syllables| Count::of(&[text.to_owned()], syllables);
    let hard = "The multidisciplinary administration of individualized psychotherapeutic \
                interventions necessitates comprehensive interprofessional communication.";
    let easy = "Sit down. Feel your feet. Breathe out. You can do this again at night.";
    assert!(of(hard, english_syllables).grade() > 20.0);
    assert!(of(easy, english_syllables).grade() < 3.0);
    let hard = "La administración multidisciplinaria de intervenciones psicoterapéuticas \
                individualizadas requiere comunicación interprofesional extraordinariamente detallada.";
    let easy = "Siéntate. Siente los pies. Saca el aire. De noche lo haces otra vez.";
    assert!(of(hard, spanish_syllables).ease() < 20.0);
    assert!(of(easy, spanish_syllables).ease() > 85.0);
    let count = of("We go home. Rest is good today", english_syllables);
    assert_eq!((count.sentences, count.words, count.syllables), (2, 7, 8));
}
