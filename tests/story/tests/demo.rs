//! The demo clinic has all of care in it, and shows it: `handrail-desk seed` on a real server through real
//! phone cores, then what each phone has to show, what staff sees, and the exports of its patients. Their files
//! stay in `tests/out/exports`, where validators of other people read them.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use handrail_care::homework::Completion;
use handrail_care::id::Id;
use handrail_care::program::Attendance;
use handrail_care::progress::one_page::OnePage;
use handrail_clinician::Clinician;
use handrail_desk::driver::Driver;
use handrail_desk::seed::{Seeded, ZONE, phone_folder, seed};
use handrail_story::{Server, folder, now, program};
use serde_json::{Value, json};

/// What a phone of the demo has to show.
fn look(demo: &Seeded, name: &str, language: &str) -> Value {
    let output = Command::new(program("handrail-desk"))
        .arg("phone")
        .arg(phone_folder(&demo.phones, name))
        .args(["look", language])
        .output()
        .expect("the desk starts");
    assert!(output.status.success(), "{name}: {output:?}");
    serde_json::from_slice(&output.stdout).expect("one line of JSON")
}

/// Titles or texts of a list, sorted.
fn texts(value: &Value, field: &str) -> Vec<String> {
    let list = value[field].as_array().expect("a list").iter();
    let text = |one: &Value| one["title"].as_str().or(one.as_str()).map(str::to_owned);
    let mut texts: Vec<_> = list.filter_map(text).collect();
    texts.sort_unstable();
    texts
}

fn account(place: &Path, demo: &Seeded) -> PathBuf {
    let login = &demo.logins[0];
    let path = place.join("account.json");
    let text = json!({
        "login": login.login, "passphrase": login.passphrase, "account_secret": login.account_secret,
    });
    std::fs::write(&path, text.to_string()).expect("an account file");
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&path, own).expect("our own file");
    path
}

fn out() -> PathBuf {
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("../out/exports");
    std::fs::create_dir_all(&out).expect("a folder for what validators read");
    for item in std::fs::read_dir(&out).expect("our own folder") {
        let item = item.expect("an item");
        if item.file_name().to_string_lossy().starts_with("demo-") {
            std::fs::remove_file(item.path()).expect("our own file");
        }
    }
    out
}

fn export(server: &Server, account: &Path, patient: &str, options: &[&str], file: &Path) {
    let output = Command::new(program("handrail-desk"))
        .args(["export", "--server", server.origin(), "--account"])
        .arg(account)
        .args(["--patient", patient])
        .args(options)
        .arg("--out")
        .arg(file)
        .output()
        .expect("the desk starts");
    assert!(output.status.success(), "{options:?}: {output:?}");
}

fn named(clinician: &Clinician, name: &str) -> Id {
    let people = clinician.roster().people();
    let person = people.iter().find(|person| person.name == name);
    person.expect("a patient of the demo").care
}

fn page(clinician: &Clinician, name: &str) -> OnePage {
    let patient = named(clinician, name);
    clinician.one_page(patient, now()).expect("a page")
}

#[test]
fn the_demo_has_all_of_care_and_shows_it() {
    let place = folder();
    let server = Server::start(&place.path().join("server"));
    let (code, data) = (server.setup_code(), place.path().join("demo"));
    let demo = seed(server.origin(), &code, &data, 1, now()).expect("the demo is made");
    let login = &demo.logins[0];
    let mut driver = Driver::new(server.origin()).expect("loopback");
    let rowan = driver
        .log_in(
            &login.login,
            &login.passphrase,
            &login.account_secret,
            ZONE,
            now(),
        )
        .expect("logged in");
    phones_show_it(&demo);
    staff_sees_it(&rowan);
    patients_leave_in_every_format(&server, &account(place.path(), &demo));
    assert!(server.stop());
}

fn phones_show_it(demo: &Seeded) {
    // Early in the program, improving: plans, goals, skills, worksheets, homework, visits, family.
    let wren = look(demo, "Wren", "en");
    let plans: Vec<_> = wren["plans"].as_array().expect("plans").iter().collect();
    let versions: Vec<_> = plans.iter().map(|plan| plan["versions"].as_u64()).collect();
    assert_eq!(
        versions,
        [Some(1), Some(1), Some(2), Some(0)],
        "her own change of the safety plan"
    );
    assert_eq!(plans[1]["agreed"], 1, "{wren}");
    let levels = |goal: &Value| goal["levels"].as_array().map_or(0, Vec::len);
    let goals = wren["goals"].as_array().expect("goals");
    assert!(
        goals.len() == 2 && goals.iter().all(|goal| levels(goal) >= 2),
        "{wren}"
    );
    let ranked = wren["skills"].as_array().expect("skills").iter();
    assert!(
        ranked.filter(|one| one["rank"].is_u64()).count() >= 2,
        "{wren}"
    );
    assert!(wren["worksheets"].as_u64() >= Some(4), "{wren}");
    let shares = texts(&wren, "shares");
    assert_eq!(shares.len(), 2, "the safety plan was taken back: {wren}");
    assert!(wren["shares"].to_string().contains("Opened"), "{wren}");
    assert_eq!(texts(&wren, "themes"), ["Asking for what you need"]);
    let jorun = look(demo, "Jorun", "en");
    assert_eq!(
        texts(&jorun, "shared"),
        shares,
        "what she sees is what is shared"
    );
    assert_eq!(texts(&jorun, "invited_to").len(), 1, "{jorun}");
    assert_eq!(texts(&jorun, "to_read").len(), 3, "{jorun}");
    // Before the end, and after it.
    let maren = look(demo, "Maren", "en");
    assert_eq!(maren["bridge"]["mode"], "Preparing");
    let homework = maren["homework"].as_array().expect("homework").iter();
    let homework: Vec<_> = homework.collect();
    assert!(
        homework.iter().any(|one| one["before_session"] == true),
        "{maren}"
    );
    assert!(
        homework.iter().any(|one| one["given"].as_u64() > Some(0)),
        "{maren}"
    );
    let teodor = look(demo, "Teodor", "en");
    assert_eq!(teodor["bridge"]["mode"], "Transition");
    assert_eq!(
        teodor["bridge"]["follow_ups"].as_array().map(Vec::len),
        Some(2)
    );
    assert!(teodor["bridge"]["account_closes"].is_string());
    assert_eq!(texts(&look(demo, "Marek", "en"), "shared").len(), 2);
    // Two payers, and a form of the clinic's own.
    let tobin = look(demo, "Tobin", "en");
    let payers: BTreeMap<_, _> = (tobin["visits"].as_array().expect("payers").iter())
        .map(|one| (one["payer"].to_string(), one["used"].as_f64()))
        .collect();
    assert!(
        payers.len() == 2 && payers.values().all(|used| *used > Some(0.0)),
        "{tobin}"
    );
    // A phone in Spanish.
    let oriel = look(demo, "Oriel", "es-US");
    let english = look(demo, "Oriel", "en");
    assert_ne!(texts(&oriel, "plans"), texts(&english, "plans"));
    assert_eq!(texts(&oriel, "themes").len(), 1);
}

fn staff_sees_it(rowan: &Clinician) {
    assert!(rowan.has_alert_policy());
    let pell = rowan.patient(named(rowan, "Pell"), now()).expect("a page");
    let open: Vec<_> = pell.flags.iter().filter(|flag| flag.is_open()).collect();
    assert!(!open.is_empty());
    for flag in open {
        assert_eq!(flag.alerts.len(), 1, "who was told");
        assert_eq!(flag.alerts[0].tell, ["Imke"]);
        assert_eq!(
            flag.next_alert.as_ref().expect("the next step").tell,
            ["Rowan"]
        );
    }
    let visits = |name: &str| {
        let page = rowan.patient(named(rowan, name), now());
        page.expect("a page").visits
    };
    assert_eq!(visits("Nadja").pauses.len(), 1);
    let ilse = visits("Ilse").visits;
    let marked = |mark| ilse.iter().find(|visit| visit.attendance == mark);
    assert!(marked(Attendance::LateCancel).is_some());
    let half = marked(Attendance::LeftEarly).expect("half a group");
    assert_eq!(half.minutes_there(), 80);
    let chart = rowan.chart(named(rowan, "Maren")).expect("a chart");
    let sessions = handrail_care::sessions::sessions(chart, rowan.library(), 0, i64::MAX / 2);
    let words: Vec<_> = sessions.iter().map(|one| one.status.word()).collect();
    for word in ["cancelled", "moved", "scheduled"] {
        assert!(words.contains(&word), "{word}");
    }
    let logs = chart.logs(None);
    let filled = logs.iter().filter(|log| !log.value.values.is_empty());
    assert!(filled.count() >= 5);
    for completion in [Completion::Done, Completion::Not] {
        assert!(logs.iter().any(|log| log.value.completion == completion));
    }
    assert_eq!(page(rowan, "Tobin").visits.payers.len(), 2);
    assert!(rowan.library().closed_days().len() >= 2);
}

fn patients_leave_in_every_format(server: &Server, account: &Path) {
    let out = out();
    for name in ["Maren", "Teodor", "Tobin", "Pell", "Oriel"] {
        let lower = name.to_lowercase();
        let file = |rest: &str| out.join(format!("demo-{lower}{rest}"));
        export(
            server,
            account,
            name,
            &["--format", "fhir"],
            &file(".fhir.json"),
        );
        export(server, account, name, &["--format", "ics"], &file(".ics"));
        for table in [
            "check-ins",
            "answers",
            "homework",
            "practice",
            "worksheets",
            "sessions",
        ] {
            let options = ["--format", "csv", "--table", table];
            export(
                server,
                account,
                name,
                &options,
                &file(&format!("-{table}.csv")),
            );
        }
        export(
            server,
            account,
            name,
            &["--format", "pdf"],
            &file("-review.pdf"),
        );
    }
    for (page, language) in [
        ("part-one", "en"),
        ("part-two", "en"),
        ("safety", "es"),
        ("transition", "en"),
    ] {
        let options = ["--format", "pdf", "--page", page, "--language", language];
        export(
            server,
            account,
            "Teodor",
            &options,
            &out.join(format!("demo-teodor-{page}.pdf")),
        );
    }
    let read = |name: &str| std::fs::read_to_string(out.join(name)).expect("written");
    let tobin: Value = serde_json::from_str(&read("demo-tobin.fhir.json")).expect("JSON");
    let resources = tobin["entry"].as_array().expect("entries").iter();
    let titles: Vec<_> = resources
        .map(|entry| &entry["resource"])
        .filter(|one| one["resourceType"] == "Questionnaire")
        .filter_map(|one| one["title"].as_str())
        .collect();
    assert!(titles.contains(&"Looking back at the week"), "{titles:?}");
    assert!(read("demo-maren-worksheets.csv").contains("links.what"));
    assert!(read("demo-oriel.fhir.json").contains("Mi hermana me apoya"));
}
