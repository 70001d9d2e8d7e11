//! The people of the demo clinic. All invented; first names only.

/// How a patient does over the weeks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Clearly better week by week.
    Improving,
    /// Much the same.
    Flat,
    /// Worse in the last weeks.
    Worsening,
    /// Better, with weeks without a word.
    Gaps,
    /// Flat, with a safety item answered yesterday.
    Flagged,
    /// Worse, with an older safety item that a clinician closed.
    FlagClosed,
    /// Improved and discharged ten days ago.
    Discharged,
}

/// One patient.
#[derive(Debug, Clone, Copy)]
pub struct Patient {
    /// First name.
    pub name: &'static str,
    /// Week of the program today, from 1.
    pub week: u32,
    /// Planned weeks.
    pub weeks: u32,
    /// The afternoon track instead of the morning one.
    pub afternoon: bool,
    /// How it goes.
    pub course: Course,
    /// PHQ-9 at admission.
    pub phq9: i64,
    /// GAD-7 at admission.
    pub gad7: i64,
    /// The language of the phone, BCP 47.
    pub language: &'static str,
}

impl Patient {
    /// Lines in the language of the phone.
    pub fn says<T: ?Sized>(&self, english: &'static T, spanish: &'static T) -> &'static T {
        if self.language == "en" {
            english
        } else {
            spanish
        }
    }
}

const fn patient(
    name: &'static str,
    week: u32,
    afternoon: bool,
    course: Course,
    phq9: i64,
    gad7: i64,
) -> Patient {
    Patient {
        name,
        week,
        weeks: if week > 8 { 12 } else { 8 },
        afternoon,
        course,
        phq9,
        gad7,
        language: "en",
    }
}

const fn in_spanish(patient: Patient) -> Patient {
    Patient {
        language: "es-US",
        ..patient
    }
}

/// Twelve patients between week 1 and week 11.
pub const PATIENTS: [Patient; 12] = [
    patient("Maren", 11, false, Course::Improving, 21, 17),
    patient("Tobin", 9, true, Course::Improving, 18, 12),
    patient("Ilse", 8, false, Course::Flat, 15, 13),
    patient("Corvin", 7, true, Course::FlagClosed, 12, 9),
    patient("Nadja", 6, false, Course::Gaps, 17, 15),
    patient("Pell", 5, false, Course::Flagged, 19, 14),
    in_spanish(patient("Oriel", 4, true, Course::Improving, 14, 16)),
    patient("Sunniva", 3, false, Course::Flat, 16, 11),
    patient("Bram", 2, true, Course::Worsening, 13, 10),
    patient("Liv", 1, false, Course::Flat, 18, 15),
    patient("Teodor", 10, true, Course::Discharged, 20, 14),
    patient("Wren", 6, false, Course::Improving, 16, 18),
];

/// Who has a family member with a phone, that member, and what they are.
pub const FAMILY: [(&str, &str, &str); 2] =
    [("Wren", "Jorun", "Sister"), ("Teodor", "Marek", "Brother")];

/// Away for two weeks from this day of the program on: more care was needed for a while.
pub const AWAY: (&str, u64, u64) = ("Nadja", 12, 26);

/// Who is asked the clinic's own form each week.
pub const ASKED_MORE: &str = "Tobin";

/// What gets in the way.
pub const OBSTACLES: [&str; 4] = [
    "Too tired in the evening.",
    "The house was loud.",
    "I forgot until bedtime.",
    "It felt silly to do it alone.",
];

/// The same in Spanish.
pub const OBSTACLES_ES: [&str; 4] = [
    "Demasiado cansancio por la noche.",
    "Había mucho ruido en casa.",
    "Lo olvidé hasta la hora de dormir.",
    "Me pareció raro hacerlo a solas.",
];

/// Notes on daily check-ins.
pub const NOTES: [&str; 5] = [
    "Group was hard today, but I stayed.",
    "Slept better after the walk.",
    "Argument with my brother.",
    "First day back at work, half a shift.",
    "Used the breathing on the bus.",
];

/// The same in Spanish.
pub const NOTES_ES: [&str; 5] = [
    "El grupo fue difícil hoy, pero me quedé.",
    "Dormí mejor después del paseo.",
    "Discusión con mi hermano.",
    "Primer día de vuelta al trabajo, medio turno.",
    "Usé la respiración en el autobús.",
];
