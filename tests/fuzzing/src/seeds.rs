//! Where the fuzzer begins: inputs that reach deep, made from the vectors of the project and from samples.
//!
//! Owns the committed files of `fuzz/seeds`; a test holds them against this, an ignored one writes them.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use handrail_care::entry::KINDS;
use serde_json::Value;

use crate::{http, wire};

/// Seeds by target and name.
pub type Seeds = BTreeMap<(&'static str, String), Vec<u8>>;

fn vectors(text: &str) -> Value {
    serde_json::from_str(text).expect("a committed vector is JSON")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn hex(value: &Value) -> Vec<u8> {
    HEX.decode(text(value).as_bytes())
        .expect("a committed vector is hex")
}

/// All of them.
pub fn all() -> Seeds {
    let mut seeds = Seeds::new();
    let mut add = |target: &'static str, name: &str, bytes: Vec<u8>| {
        let name = name.replace([' ', '/', ':', ','], "-");
        let before = seeds.insert((target, name), bytes);
        assert!(before.is_none(), "two seeds of one name");
    };
    wires(&mut add);
    sealed(&mut add);
    invites(&mut add);
    wraps(&mut add);
    entries(&mut add);
    forms(&mut add);
    lines(&mut add);
    requests(&mut add);
    words(&mut add);
    chains(&mut add);
    seeds
}

type Add<'a> = dyn FnMut(&'static str, &str, Vec<u8>) + 'a;

fn wires(add: &mut Add<'_>) {
    let vectors = vectors(include_str!("../../vectors/wire.json"));
    let place = |name: &str| {
        let place = wire::TYPES.iter().position(|known| *known == name);
        u8::try_from(place.unwrap_or(0)).expect("fewer than 256 messages")
    };
    for message in list(&vectors["messages"]) {
        let name = text(&message["name"]);
        let kind = name.split([' ', ',', ':']).next().unwrap_or(name);
        let bytes = [&[place(kind)][..], &hex(&message["cbor"])].concat();
        add("wire", name, bytes);
    }
    for refused in list(&vectors["refused"]) {
        let bytes = [&[place("SyncRequest")][..], &hex(&refused["cbor"])].concat();
        if bytes.len() < 4096 {
            add(
                "wire",
                &format!("refused-{}", text(&refused["name"])),
                bytes,
            );
        }
    }
}

fn sealed(add: &mut Add<'_>) {
    let vectors = vectors(include_str!("../../vectors/seal.json"));
    for (case, number) in list(&vectors["sealed"]).iter().zip(0_u8..) {
        let name = text(&case["name"]);
        let entry = hex(&case["bytes"]);
        if entry.len() > 2048 {
            continue;
        }
        let head = [0, 0, 0, number, 0, 0, 0, number * 40, 1 << (number % 8)];
        add("seal", name, [&head[..], &entry].concat());
        let payload = [&[0][..], &entry].concat();
        let length = u32::try_from(payload.len()).expect("a short entry");
        let mut plain = [&length.to_be_bytes()[..], &payload].concat();
        plain.resize(plain.len().max(512).next_power_of_two(), 0);
        add(
            "seal",
            &format!("holder-{name}"),
            [&[1][..], &plain].concat(),
        );
        let nowhere = [&[2][..], &hex(&case["sealed"])].concat();
        add("seal", &format!("nowhere-{name}"), nowhere);
    }
    let mut signed = vec![0; 513];
    signed[0] = 1;
    signed[4] = 90;
    signed[5] = 1;
    add("seal", "holder-claims-an-author", signed);

    add("keybox", "true-box", vec![0]);
    add("keybox", "box-patched", vec![0, 0, 9, 1]);
    add("keybox", "true-certificate", vec![2]);
    add("keybox", "certificate-patched", vec![2, 0, 65, 3]);
    add("keybox", "true-removal", vec![3]);
    add("keybox", "removal-patched", vec![3, 0, 3, 1]);
    let keys = crate::world::keyring(crate::world::CARE)
        .to_bytes()
        .to_vec();
    add("keybox", "keyring", [&[4][..], &keys].concat());
    let boxes = vectors_of_boxes();
    for (bytes, number) in boxes.iter().zip(0..) {
        add(
            "keybox",
            &format!("nowhere-{number}"),
            [&[1][..], bytes].concat(),
        );
    }
}

fn vectors_of_boxes() -> Vec<Vec<u8>> {
    let vectors = vectors(include_str!("../../vectors/wire.json"));
    let of_boxes = list(&vectors["messages"]).iter();
    of_boxes
        .filter(|message| text(&message["name"]).starts_with("KeyBox"))
        .map(|message| hex(&message["cbor"]))
        .collect()
}

fn invites(add: &mut Add<'_>) {
    let vectors = vectors(include_str!("../../vectors/invite.json"));
    for invite in list(&vectors["invites"]) {
        let name = text(&invite["name"]);
        let pasted = format!("\0{}\n{}", text(&invite["link"]), text(&invite["code"]));
        add("invite", name, pasted.into_bytes());
        let mut plain = hex(&invite["bundle_plain"]);
        // Our own clinic's root, after the array, the version and the head of 32 bytes.
        let root = crate::world::clinic().root.public();
        plain[4..36].copy_from_slice(&root);
        add(
            "invite",
            &format!("bundle-{name}"),
            [&[1][..], &plain].concat(),
        );
    }
    for (refused, number) in list(&vectors["links_refused"]).iter().zip(0..) {
        let pasted = format!("\0{}", text(refused));
        add("invite", &format!("refused-{number}"), pasted.into_bytes());
    }
    for origin in [
        "http://[::1]:8443",
        "https://Clinic.Example:443",
        "http://localhost",
    ] {
        let fragment = format!("\0 {origin}/e#{}\n 004-217", "A".repeat(87));
        add(
            "invite",
            &format!("origin-{}", &origin[7..]),
            fragment.into_bytes(),
        );
    }
}

fn wraps(add: &mut Add<'_>) {
    let vectors = vectors(include_str!("../../vectors/wrap.json"));
    add("wrap", "true", vec![0]);
    add("wrap", "patched", vec![0, 0, 20, 1]);
    for staff in list(&vectors["staff"]) {
        let plain = hex(&staff["plain"]);
        let name = format!("plain-{}", text(&staff["login"]));
        add("wrap", &name, [&[1][..], &plain].concat());
    }
    for refused in list(&vectors["parameters_refused"]) {
        let mut bytes = vec![2];
        let mut name = String::from("parameters");
        for field in ["memory_kib", "passes", "lanes"] {
            let number = refused[field].as_u64().and_then(|n| u32::try_from(n).ok());
            let number = number.unwrap_or(0);
            bytes.extend(number.to_be_bytes());
            name = format!("{name}-{number}");
        }
        add("wrap", &name, bytes);
    }
    for printed in list(&vectors["printed"]) {
        let name = format!("printed-{}", text(&printed["kind"]));
        let typed = [&[3][..], text(&printed["typed"]).as_bytes()].concat();
        add("wrap", &name, typed);
    }
    add(
        "wrap",
        "local",
        b"\x04\0\0\0\x10\x01half an answer".to_vec(),
    );
}

/// One seed for each kind, and all of them as one record.
fn entries(add: &mut Add<'_>) {
    let vectors = vectors(include_str!("../../vectors/entries.json"));
    let mut record = String::from("now 1795464000000\n");
    for (case, number) in list(&vectors["entries"]).iter().zip(0..) {
        let kind = text(&case["kind"]);
        add(
            "entry",
            &format!("{number:02}-{kind}"),
            hex(&case["packed"]),
        );
        if let Some(place) = KINDS.iter().position(|known| *known == kind) {
            let place = u8::try_from(place).expect("fewer than 128 kinds");
            let body = case["entry"]["body"].to_string();
            let bytes = [&[place][..], body.as_bytes()].concat();
            add("entry", &format!("{number:02}-body-{kind}"), bytes);
            let line = format!("{kind} {body}\n");
            add(
                "chart",
                &format!("{number:02}-{kind}"),
                line.clone().into_bytes(),
            );
            if record.len() + line.len() < 12_000 {
                record.push_str(&line);
            }
        }
    }
    // The record is the patient's of the target, so that the clinic's own exports are made too.
    let record = record.replace("DAwMDAwMDAwMDAwMDAwMDA", "ysrKysrKysrKysrKysrKyg");
    add("chart", "record", record.into_bytes());
}

fn forms(add: &mut Add<'_>) {
    for form in handrail_care::checkin::shipped() {
        let json = handrail_care::checkin::shipped_json(&form.id).expect("shipped");
        let bytes = json.to_string().into_bytes();
        add("questionnaire", &form.id, bytes);
    }
    add("questionnaire", "small", SMALL_FORM.as_bytes().to_vec());
    add(
        "questionnaire",
        "every-kind",
        EVERY_KIND.as_bytes().to_vec(),
    );
}

const SMALL_FORM: &str = r#"{"resourceType":"Questionnaire","status":"active","item":[{"linkId":"a","type":"integer","text":"How many?"}]}"#;
const EVERY_KIND: &str = r#"{"resourceType":"Questionnaire","id":"own","version":"1","title":"Own <b>form</b>","contained":[{"resourceType":"ValueSet","id":"v","compose":{"include":[{"concept":[{"code":"x","display":"X"}]}]}}],"item":[{"linkId":"g","type":"group","text":"G","item":[{"linkId":"c","type":"choice","required":true,"text":"C","answerOption":[{"valueCoding":{"code":"0","display":"no","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":0}]}},{"valueCoding":{"code":"1","display":"yes","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/ordinalValue","valueDecimal":1}]}}]},{"linkId":"o","type":"open-choice","repeats":true,"answerValueSet":"\#v","enableWhen":[{"question":"c","operator":"=","answerCoding":{"code":"1"}}]},{"linkId":"b","type":"boolean","initial":[{"valueBoolean":true}]},{"linkId":"i","type":"integer","extension":[{"url":"http://hl7.org/fhir/StructureDefinition/minValue","valueInteger":0},{"url":"http://hl7.org/fhir/StructureDefinition/maxValue","valueInteger":10}]},{"linkId":"d","type":"decimal"},{"linkId":"s","type":"string","maxLength":20},{"linkId":"t","type":"text"},{"linkId":"day","type":"date"},{"linkId":"q","type":"quantity"},{"linkId":"p","type":"display","text":"P"}]}]}"#;

/// Lines of the desk: sheets, changes, schedules.
fn lines(add: &mut Add<'_>) {
    let scoring = vectors(include_str!("../../vectors/scoring.json"));
    for (case, number) in list(&scoring["cases"]).iter().zip(0..) {
        if number % 6 == 0 {
            let line = case["input"].to_string().into_bytes();
            add("score", &format!("sheet-{number:03}"), line);
        }
    }
    let change = vectors(include_str!("../../vectors/change.json"));
    for (case, number) in list(&change["cases"]).iter().zip(0..) {
        if number % 6 == 0 {
            let line = case["input"].to_string().into_bytes();
            add("score", &format!("change-{number:02}"), line);
        }
    }
    let sessions = vectors(include_str!("../../vectors/sessions.json"));
    for case in list(&sessions) {
        let input = &case["input"];
        let mut text = format!("{input}\n");
        for moved in list(&input["moved"]) {
            let mut change = moved.clone();
            change["change"] = "moved".into();
            text = format!("{text}{change}\n");
        }
        for cancelled in list(&input["cancelled"]) {
            let change = serde_json::json!({"change": "cancelled", "original_date": cancelled});
            text = format!("{text}{change}\n");
        }
        if let Some(zone) = input["device_time_zone"].as_str() {
            text = format!("{text}zone {zone}\n");
        }
        text.push_str("lead PT24H\nlead P1W2DT3H4M\ntime 09:00:00\n");
        let name = case["name"].as_str().unwrap_or("unnamed");
        add("calendar", name, text.into_bytes());
    }
}

/// Every route with every body that it takes, by everybody who may, and one story of each kind.
fn requests(add: &mut Add<'_>) {
    let number = |place: usize| u8::try_from(place).expect("fewer than 256");
    let one = |route: usize, caller: usize, body: &[u8]| {
        let length = u16::try_from(body.len()).expect("a short body");
        let head = [number(route), number(caller), 0];
        [&head[..], &length.to_be_bytes(), body].concat()
    };
    for (route, (method, path)) in http::ROUTES.iter().enumerate() {
        let waiting = u8::from(*method == "POST" && *path == handrail_wire::path::SETUP);
        let bodies = http::sample(method, path);
        for (body, place) in bodies.iter().zip(0..) {
            let name = format!("{route:02}-{method}{path}-{place}");
            let mut all = vec![waiting];
            // Nobody, the administrator, the phone that may write, the one that was cut off.
            for caller in [0, 2, 4, 6] {
                all.extend(one(route, caller, body));
            }
            add("http", &name, all);
        }
    }
}

fn words(add: &mut Add<'_>) {
    for piece in handrail_care::education::shipped() {
        let text = format!("{}\n{}", piece.title, piece.markdown);
        add("markdown", &piece.slug, text.into_bytes());
    }
    let hostile = [
        (
            "script",
            "<script>alert(1)</script>\n[x](javascript:alert(1))\n<img src=x onerror=alert(1)>",
        ),
        (
            "marks",
            "# a\n- b\n1. c\n> d\n* e\n+ f\n```\n~~~\n---\n===\n| a | b |\n|---|---|\n<a@b.c>\n![i](j)\n&lt;b&gt;\n\\*",
        ),
        (
            "nested",
            "<<b>b>\n<scr<script>ipt>\n&lt;script&gt;\n<!-- x -->\n</p onclick=x>",
        ),
        (
            "links",
            "[a]: javascript:x\n[a]\n<javascript:x>\nhttps://a.b\n[b](data:text/html,x \"t\")\n[c][a]",
        ),
    ];
    for (name, text) in hostile {
        add("markdown", name, text.as_bytes().to_vec());
    }
}

fn chains(add: &mut Add<'_>) {
    add("chain", "first-answer", vec![0, 2, 1, 0, 0]);
    add("chain", "goes-on", vec![5, 2, 3, 0, 0]);
    add("chain", "restored", vec![5, 2, 1, 2, 0]);
    add("chain", "patched", vec![5, 2, 3, 0, 0, 0, 60, 1]);
    let vectors = vectors(include_str!("../../vectors/wire.json"));
    for message in list(&vectors["messages"]) {
        if text(&message["name"]).starts_with("MailboxResponse") {
            let bytes = [&[3, 1, 1, 0, 1][..], &hex(&message["cbor"])].concat();
            add("chain", text(&message["name"]), bytes);
        }
    }
}
