"""What US Core asks of a resource beyond FHIR itself, as far as clinical.md, section 4, follows it.

Read from the profiles' sources (HL7/US-Core, versions 8 and 9): us-core-patient, -careplan, -goal,
-questionnaireresponse (on SDC's response), -observation-screening-assessment and its value set of categories.
Each function takes a resource and `find`, which leads from a reference to a resource of the Bundle, and raises
AssertionError with what is wrong. No validator on PyPI knows these profiles, and HAPI's knows them only with a
package that no registry of ours has.

`BROKEN` lists changes that must be refused: for each a type of resource, what is wrong, and how it is made.
"""

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
UCUM = "http://unitsofmeasure.org"
LOINC = "http://loinc.org"
OBSERVATION_CATEGORY = "http://terminology.hl7.org/CodeSystem/observation-category"
US_CORE_CATEGORY = "http://hl7.org/fhir/us/core/CodeSystem/us-core-category"
SURVEY = (OBSERVATION_CATEGORY, "survey")
# us-core-screening-assessment-observation-category
ABOUT = {
    (US_CORE_CATEGORY, code) for code in ("sdoh", "functional-status", "disability-status", "cognitive-status")
} | {(OBSERVATION_CATEGORY, code) for code in ("social-history", "activity")}
# clinical.md, section 1: totals with a verified code, and what each must never be called.
TOTALS = {"44261-6", "70274-6", "101698-9", "75626-2", "82667-7", "106860-0", "93374-7", "55758-7"}
TRAPS = {"70273-8", "75624-7", "82666-9", "69737-5", "44249-1"}
ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
TYPES = {
    "boolean": "valueBoolean",
    "integer": "valueInteger",
    "decimal": "valueDecimal",
    "date": "valueDate",
    "time": "valueTime",
    "string": "valueString",
    "text": "valueString",
    "quantity": "valueQuantity",
    "choice": "valueCoding",
}


def pairs(concept):
    return [(coding.get("system"), coding.get("code")) for coding in concept.get("coding", [])]


def claims(resource, name):
    profiles = resource.get("meta", {}).get("profile", [])
    assert US_CORE + name in profiles, f"does not say that it follows {name}"


def is_patient(reference, find, what):
    resource = find(reference)
    assert resource and resource["resourceType"] == "Patient", f"{what} is no patient of the Bundle"


def to_the_day(moment, what):
    assert len(moment) >= 10, f"{what} is not to the day"
    assert "T" not in moment or moment.endswith("Z") or moment[-6] in "+-", f"{what} without a zone"


def patient(resource, find):
    claims(resource, "patient")
    names = resource["identifier"]
    assert names and all(one.get("system") and one.get("value") for one in names), "an identifier with its system"
    for name in resource["name"]:
        told = name.get("family") or name.get("given")
        reasons = [one.get("valueCode") for one in name.get("extension", [])]
        # us-core-6
        assert bool(told) != bool(reasons), "a name, or the reason why there is none"
    assert resource["gender"] in ("male", "female", "other", "unknown"), "gender"


def care_plan(resource, find):
    claims(resource, "careplan")
    assert resource["text"]["status"] in ("generated", "additional"), "status of the narrative"
    assert resource["text"]["div"].startswith("<div xmlns="), "a narrative"
    assert resource["status"] and resource["intent"] == "plan", "status and intent"
    own = ("http://hl7.org/fhir/us/core/CodeSystem/careplan-category", "assess-plan")
    slices = [category for category in resource["category"] if own in pairs(category)]
    assert len(slices) == 1, "assess-plan once"
    is_patient(resource["subject"], find, "subject")


def goal(resource, find):
    claims(resource, "goal")
    assert resource["lifecycleStatus"], "lifecycleStatus"
    assert resource["description"].get("text") or resource["description"].get("coding"), "description"
    is_patient(resource["subject"], find, "subject")
    is_patient(resource["expressedBy"], find, "expressedBy")
    assert all(target.get("measure") for target in resource["target"]), "a target says by what it is measured"


def screening(resource, find):
    claims(resource, "observation-screening-assessment")
    assert resource["status"] in ("final", "amended", "corrected"), "status"
    kinds = [pair for category in resource["category"] for pair in pairs(category)]
    assert kinds.count(SURVEY) == 1, "survey once"
    assert [pair for pair in kinds if pair in ABOUT], "what the survey is about"
    assert all(pair == SURVEY or pair in ABOUT for pair in kinds), "a category of another value set"
    code = resource["code"]
    assert code.get("text") and pairs(code), "a code with its text"
    for system, value in pairs(code):
        assert system != LOINC or value not in TRAPS, "a code of something else"
        # A score with a LOINC code has the one that clinical.md lists.
        assert system != LOINC or "valueQuantity" not in resource or value in TOTALS, "not the code of a total"
    is_patient(resource["subject"], find, "subject")
    to_the_day(resource["effectiveDateTime"], "effective")
    values = [field for field in resource if field.startswith("value")]
    panel = resource.get("component") or resource.get("hasMember")
    # us-core-2 and obs-6
    assert values or panel or "dataAbsentReason" in resource, "no value and no reason"
    assert not (values and "dataAbsentReason" in resource), "a value and a reason why there is none"
    quantities = [resource] + resource.get("component", [])
    for quantity in [one["valueQuantity"] for one in quantities if "valueQuantity" in one]:
        # us-core-3
        assert quantity["system"] == UCUM and quantity["code"] == "{score}", "a score's unit is {score} of UCUM"
        assert isinstance(quantity["value"], (int, float)), "a number"
    for part in resource.get("component", []):
        assert part["code"] != code, "a part with the code of the whole"  # obs-7
    sources = resource["derivedFrom"]
    assert sources, "what it is derived from"
    for source in sources:
        response = find(source)
        assert response and response["resourceType"] == "QuestionnaireResponse", "derived from no response"
    # "performer should not be specified" for what is derived; an answer has who gave it.
    is_score = "valueQuantity" in resource or any(value in TOTALS for _, value in pairs(code))
    assert is_score != ("performer" in resource), "performer"
    for performer in resource.get("performer", []):
        is_patient(performer, find, "performer")


def questionnaire(resource, find):
    assert resource["url"] and resource["status"] == "active", "address and status"
    items = flat(resource.get("item", []))
    names = [item["linkId"] for item in items]
    assert len(set(names)) == len(names), "a link id twice"  # que-2
    for item in items:
        group = item["type"] == "group"
        assert group == bool(item.get("item")) or item["type"] not in ("group", "display"), "que-1"
        assert item["type"] != "display" or not ({"required", "repeats", "code", "readOnly"} & set(item)), "que-3, 6, 9"
        assert item["type"] in ("choice", "open-choice") or "answerOption" not in item, "que-5"
        assert not ("answerOption" in item and "initial" in item), "que-11"
        assert len(item.get("enableWhen", [])) < 2 or item.get("enableBehavior"), "que-12"
        for condition in item.get("enableWhen", []):
            assert condition["question"] in names, "a condition on a question that is not here"
            answers = [field for field in condition if field.startswith("answer")]
            assert len(answers) == 1, "a condition with one answer"
            assert condition["operator"] != "exists" or answers == ["answerBoolean"], "que-7"


def flat(items):
    return [one for item in items for one in [item, *flat(item.get("item", []))]]


def response(resource, find):
    claims(resource, "questionnaireresponse")
    named = resource["questionnaire"]
    assert isinstance(named, str) and named, "questionnaire"
    assert resource["status"] in ("in-progress", "completed", "amended", "entered-in-error", "stopped"), "status"
    is_patient(resource["subject"], find, "subject")
    is_patient(resource["author"], find, "author")
    to_the_day(resource["authored"], "authored")
    items = flat(resource.get("item", []))
    assert all(item["linkId"] for item in items), "an item without its link id"
    form = find({"questionnaire": named})
    if form:
        answers_fit(items, {item["linkId"]: item for item in flat(form.get("item", []))})


def answers_fit(items, asked):
    for item in items:
        question = asked.get(item["linkId"])
        assert question, "an answer to a question that the form does not ask"
        answers = item.get("answer", [])
        assert question["type"] != "group" or not answers, "an answer to a heading"
        # sdcqr-2: a question that repeats has several answers in one item.
        assert len(answers) < 2 or question.get("repeats"), "several answers to one question"
        for answer in answers:
            fields = [field for field in answer if field.startswith("value")]
            assert len(fields) == 1, "an answer with one value"
            wanted = TYPES.get(question["type"])
            assert wanted is None or fields == [wanted], "an answer of another type"
            if question["type"] == "choice":
                assert is_option(answer["valueCoding"], question["answerOption"]), "not one of the options"


def is_option(coding, options):
    key = lambda one: (one.get("system"), one.get("code"), one.get("display"))
    return key(coding) in [key(option["valueCoding"]) for option in options if "valueCoding" in option]


def is_assessment(observation):
    """Not a try of a skill (`activity` alone), and not a goal's rating: that has no form behind it."""
    kinds = [pair for category in observation["category"] for pair in pairs(category)]
    return kinds != [(OBSERVATION_CATEGORY, "activity")] and "focus" not in observation


def check(bundle):
    """Holds every resource that a profile is for against it. Returns how many there were."""
    by_url = {entry["fullUrl"]: entry["resource"] for entry in bundle["entry"]}
    forms = {}
    for form in by_url.values():
        if form["resourceType"] == "Questionnaire":
            forms[form["url"] + ("|" + form["version"] if "version" in form else "")] = form

    def find(reference):
        return forms.get(reference.get("questionnaire")) or by_url.get(reference.get("reference"))

    checks = {
        "Patient": patient,
        "CarePlan": care_plan,
        "Goal": goal,
        "Questionnaire": questionnaire,
        "QuestionnaireResponse": response,
    }
    held = 0
    for resource in by_url.values():
        one = checks.get(resource["resourceType"])
        if resource["resourceType"] == "Observation" and is_assessment(resource):
            one = screening
        if one:
            try:
                one(resource, find)
            except KeyError as missing:
                raise AssertionError(f"{resource['resourceType']} without {missing}") from missing
            held += 1
    return held


def _first(bundle, kind, fits):
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == kind and fits(entry["resource"]):
            return entry["resource"]
    return None


def _is_score(one):
    return SURVEY in [pair for category in one["category"] for pair in pairs(category)] and "valueQuantity" in one


def _answer(one, field):
    return next((a for i in flat(one.get("item", [])) for a in i.get("answer", []) if field in a), None)


def _always(_one):
    return True


BROKEN = [
    ("Patient", "no identifier", _always, lambda one: one.update(identifier=[])),
    ("Patient", "no name and no reason", _always, lambda one: one["name"].__setitem__(0, {"text": "A"})),
    ("CarePlan", "another category", _always, lambda one: one["category"].pop(0)),
    ("CarePlan", "no narrative", _always, lambda one: one.pop("text")),
    ("Goal", "no subject", _always, lambda one: one.pop("subject")),
    ("Observation", "no survey", _is_score, lambda one: one["category"].pop(0)),
    ("Observation", "not said what it is about", _is_score, lambda one: one["category"].pop(1)),
    ("Observation", "another profile", _is_score, lambda one: one["meta"].pop("profile")),
    ("Observation", "the code of a panel", _is_score, lambda one: one["code"].update(
        coding=[{"system": LOINC, "code": "44249-1"}])),
    ("Observation", "another unit", _is_score, lambda one: one["valueQuantity"].update(code="1")),
    ("Observation", "a value and none", _is_score, lambda one: one.update(dataAbsentReason={"text": "unknown"})),
    ("Observation", "no value", lambda one: _is_score(one) and "component" not in one,
     lambda one: one.pop("valueQuantity")),
    ("Observation", "derived from nothing", _is_score, lambda one: one.pop("derivedFrom")),
    ("Observation", "derived from a patient", _is_score, lambda one: one.update(derivedFrom=[one["subject"]])),
    ("Observation", "a year", _is_score, lambda one: one.update(effectiveDateTime="2026")),
    ("Observation", "somebody gave a score", _is_score, lambda one: one.update(performer=[one["subject"]])),
    ("Questionnaire", "a link id twice", lambda one: len(one.get("item", [])) > 1,
     lambda one: one["item"].append(one["item"][0])),
    ("Questionnaire", "an empty heading", lambda one: [i for i in one["item"] if i["type"] == "group"],
     lambda one: [i for i in one["item"] if i["type"] == "group"][0].pop("item")),
    ("QuestionnaireResponse", "no questionnaire", _always, lambda one: one.pop("questionnaire")),
    ("QuestionnaireResponse", "no author", _always, lambda one: one.pop("author")),
    ("QuestionnaireResponse", "no day", _always, lambda one: one.pop("authored")),
    ("QuestionnaireResponse", "a question that nobody asked",
     lambda one: one["questionnaire"].startswith("urn:handrail:skill"),
     lambda one: flat(one["item"])[0].update(linkId="of-another-form")),
    ("QuestionnaireResponse", "no option", lambda one: _answer(one, "valueCoding"),
     lambda one: _answer(one, "valueCoding")["valueCoding"].update(display="Something else")),
    ("QuestionnaireResponse", "an answer of another type", lambda one: _answer(one, "valueString"),
     lambda one: _answer(one, "valueString").update(valueInteger=_answer(one, "valueString").pop("valueString") and 1)),
]


def broken(bundle, copy):
    """Pairs of what is wrong and a Bundle in which that is so; `copy` gives the Bundle anew."""
    for kind, what, fits, change in BROKEN:
        other = copy(bundle)
        found = _first(other, kind, fits)
        if found:
            change(found)
            yield f"{kind}: {what}", other
