//! Golden fixtures of what documents show: envelopes by several members, and what is read of them, with entries that
//! are to be passed over and words of people whose word does not count.
#![allow(clippy::unwrap_used)]

mod common;

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjType, ScalarValue};
use common::author::Author;
use common::fixture::{golden, of_the_page};
use common::scene::{Scene, cut_at, replay};
use common::views::*;
use serde_json::{Value, json};
use sightline_crdt::board::{self, Drawing, Ink, NewStill, Tool};
use sightline_crdt::desk;
use sightline_crdt::document::Document;
use sightline_crdt::entry::EntryId;
use sightline_crdt::envelope::Envelope;
use sightline_crdt::genesis;
use sightline_crdt::id::{BlobId, DocId, DocKind, Role};
use sightline_crdt::points;
use sightline_crdt::shelf::{self, NewFile, NewPage};
use sightline_crdt::steps::{self, NewState, StepState};
use sightline_crdt::text::{self, Splice};
use sightline_crdt::{limits, room};

type Tx<'a, 'b> = &'a mut automerge::transaction::Transaction<'b>;

const BOARD: DocId = DocId { kind: DocKind::Board, id: [0xb0; 16] };
const TEXT: DocId = DocId { kind: DocKind::Text, id: [0x7e; 16] };

/// Three authors with one document, who hear each other when told so.
struct Play {
    scene: Scene,
    expert: Author,
    operator: Author,
    lead: Author,
}

/// Who does something.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Lead,
    Expert,
    Operator,
}

impl Play {
    fn new(doc: DocId) -> Play {
        let mut scene = Scene::new(doc);
        let lead = scene.lead.clone();
        let (expert, operator) = (scene.expert_author(), scene.operator_author());
        Play { lead: scene.author(&lead), scene, expert, operator }
    }

    fn author(&mut self, who: Who) -> &mut Author {
        match who {
            Who::Lead => &mut self.lead,
            Who::Expert => &mut self.expert,
            Who::Operator => &mut self.operator,
        }
    }

    /// Writes, without the others hearing of it.
    fn alone<T>(&mut self, who: Who, ops: impl FnOnce(Tx<'_, '_>) -> Result<T, AutomergeError>) -> (T, Envelope) {
        let mut told = None;
        let envelope = self.author(who).write(|tx| {
            told = Some(ops(tx)?);
            Ok(())
        });
        self.scene.give(&envelope);
        (told.unwrap(), envelope)
    }

    fn heard(&mut self, by: Who, envelope: &Envelope) {
        for who in [Who::Lead, Who::Expert, Who::Operator] {
            if who != by {
                self.author(who).hear(envelope);
            }
        }
    }

    /// Writes, and everybody hears it.
    fn does<T>(&mut self, who: Who, ops: impl FnOnce(Tx<'_, '_>) -> Result<T, AutomergeError>) -> T {
        let (told, envelope) = self.alone(who, ops);
        self.heard(who, &envelope);
        told
    }

    /// Entries that are to be passed over, between two that are not.
    fn spoils(&mut self, who: Who, list: (DocKind, &'static str), good: &RawFields, ways: Vec<(&'static str, Put)>) {
        for fields in spoilt(good, ways) {
            self.does(who, |tx| append_raw(tx, list, &fields));
        }
    }

    fn case(mut self, name: &str) -> Value {
        let view = view_of(&mut self.scene.document, &self.scene.roster);
        let mut case = self.scene.case(name);
        case["view"] = view;
        case
    }
}

fn blob(byte: u8) -> BlobId {
    BlobId([byte; 32])
}

fn still(title: &str) -> NewStill<'_> {
    NewStill { blob: blob(0x51), size: 345_678, media_type: "image/jpeg", width: 4000, height: 3000, title }
}

fn drawing(tool: Tool, ink: Ink, text: &str) -> Drawing {
    Drawing::new(tool, ink, 120, vec![(10, 20), (65535, 0), (65534, 7)], text).unwrap()
}

fn begun(title: &str) -> Play {
    let mut play = Play::new(BOARD);
    play.does(Who::Expert, |tx| board::begin(tx, &still(title), 1_700_000_000_000));
    play
}

fn draws(play: &mut Play, who: Who, at: i64) -> EntryId {
    play.does(who, |tx| board::draw(tx, &drawing(Tool::Arrow, Ink::Blue, ""), at))
}

fn boards() -> Vec<Value> {
    let mut cases = vec![Play::new(BOARD).case("nothing yet")];

    let mut play = begun("pump 4 👋");
    for (i, tool) in Tool::EACH.iter().enumerate() {
        let ink = Ink::EACH[i % Ink::EACH.len()];
        let text = if matches!(tool, Tool::Text | Tool::Mark) { "שלום 7" } else { "" };
        let who = if i % 2 == 0 { Who::Operator } else { Who::Expert };
        play.does(who, |tx| board::draw(tx, &drawing(*tool, ink, text), 10 + i as i64));
    }
    cases.push(play.case("every tool"));

    let mut play = begun("");
    draws(&mut play, Who::Operator, 5);
    let mut apart = Vec::new();
    for i in 0..3 {
        for who in [Who::Expert, Who::Operator] {
            let stroke = drawing(Tool::Pen, Ink::Green, &format!("{i}"));
            apart.push((who, play.alone(who, |tx| board::draw(tx, &stroke, i)).1));
        }
    }
    apart.iter().for_each(|(by, envelope)| play.heard(*by, envelope));
    draws(&mut play, Who::Operator, 6);
    cases.push(play.case("two draw at once"));

    let mut play = begun("before");
    play.does(Who::Operator, |tx| board::set_title(tx, "after", 2));
    play.does(Who::Operator, |tx| board::begin(tx, &still("another picture"), 3));
    play.does(Who::Operator, |tx| board::hide(tx, 4));
    let [own, others] = [draws(&mut play, Who::Operator, 5), draws(&mut play, Who::Expert, 6)];
    let [back, gone] = [draws(&mut play, Who::Operator, 7), draws(&mut play, Who::Operator, 8)];
    play.does(Who::Operator, |tx| board::erase(tx, own, 9));
    play.does(Who::Operator, |tx| board::erase(tx, others, 10));
    play.does(Who::Operator, |tx| board::erase(tx, back, 11));
    play.does(Who::Operator, |tx| board::restore(tx, back, 12));
    play.does(Who::Lead, |tx| board::erase(tx, gone, 13));
    play.does(Who::Lead, |tx| board::erase(tx, nobodys(), 14));
    cases.push(play.case("erased and brought back, by those whose word counts"));

    let mut play = begun("");
    let stroke = draws(&mut play, Who::Operator, 1);
    play.does(Who::Expert, |tx| board::erase(tx, stroke, 2));
    play.does(Who::Operator, |tx| board::restore(tx, stroke, 3));
    cases.push(play.case("the last word counts"));

    for (name, role) in [("an expert that left", None), ("an expert that is one no longer", Some(Role::Operator))] {
        let mut play = begun("");
        let stroke = draws(&mut play, Who::Operator, 1);
        let (_, erased) = play.alone(Who::Expert, |tx| board::erase(tx, stroke, 2));
        let (expert, cuts) = (play.scene.expert.clone(), vec![cut_at(&erased)]);
        match role {
            None => play.scene.remove(&expert, cuts),
            Some(role) => play.scene.change_role(&expert, role, cuts),
        }
        cases.push(play.case(name));
    }

    let mut play = begun("");
    play.does(Who::Expert, |tx| board::hide(tx, 2));
    cases.push(play.case("taken away"));

    let mut play = begun("");
    let to_front = |tx: Tx<'_, '_>| {
        let list = genesis::container_id(DocKind::Board, "strokes").unwrap();
        let entry = tx.insert_object(&list, 0, ObjType::Map)?;
        tx.put(&entry, "kind", "stroke")?;
        tx.put(&entry, "tool", "dot")?;
        tx.put(&entry, "ink", "red")?;
        tx.put(&entry, "width", 9)?;
        tx.put(&entry, "points", ScalarValue::Bytes(points::encode(&[(1, 1)]).unwrap()))?;
        tx.put(&entry, "text", "")?;
        tx.put(&entry, "at", 1)
    };
    draws(&mut play, Who::Expert, 1);
    play.does(Who::Operator, to_front);
    cases.push(play.case("a stroke below all others"));

    let mut play = begun("");
    let meta = (DocKind::Board, "meta");
    let blob32 = || Put::from(ScalarValue::Bytes(vec![3; 32]));
    let good: RawFields = vec![
        ("kind", "still".into()),
        ("blob", blob32()),
        ("size", 10.into()),
        ("type", "image/png".into()),
        ("width", 10.into()),
        ("height", 10.into()),
        ("title", "".into()),
        ("at", 3.into()),
    ];
    let mut fresh = Play::new(BOARD);
    let ways = [
        with("kind", vec!["stills".into(), "".into(), "k".repeat(33).into()]),
        with("blob", vec![ScalarValue::Bytes(vec![3; 31]).into(), ScalarValue::Bytes(vec![3; 33]).into(), "3".into()]),
        with("size", [no_numbers(), vec![0.into(), (-1).into(), (limits::BLOB_BYTES + 1).into()]].concat()),
        with("type", [no_strings(), vec!["t".repeat(101).into()]].concat()),
        with("width", vec![0.into(), 65_536.into()]),
        with("height", vec![0.into(), 65_536.into()]),
        with("title", vec!["é".repeat(501).into()]),
        with("at", no_numbers()),
    ];
    fresh.spoils(Who::Operator, meta, &good, ways.concat());
    fresh.does(Who::Operator, |tx| append_no_maps(tx, meta));
    cases.push(fresh.case("no picture"));

    let good: RawFields = vec![
        ("kind", "stroke".into()),
        ("tool", "pen".into()),
        ("ink", "white".into()),
        ("width", 1.into()),
        ("points", ScalarValue::Bytes(vec![1, 2, 2]).into()),
        ("text", "".into()),
        ("at", 4.into()),
    ];
    let strokes = (DocKind::Board, "strokes");
    play.does(Who::Operator, |tx| append_raw(tx, strokes, &good));
    let ways = [
        with("kind", no_strings()),
        with("tool", [no_strings(), vec!["brush".into(), "Pen".into()]].concat()),
        with("ink", [no_strings(), vec!["black".into()]].concat()),
        with("width", [no_numbers(), vec![0.into(), 65_536.into(), (-1).into()]].concat()),
        with(
            "points",
            [no_strings(), vec![ScalarValue::Bytes(vec![]).into(), ScalarValue::Bytes(vec![1, 1, 0]).into()]].concat(),
        ),
        with("text", [no_strings(), vec!["x".repeat(limits::STROKE_TEXT_BYTES + 1).into()]].concat()),
    ];
    play.spoils(Who::Operator, strokes, &good, ways.concat());
    let mark: RawFields = vec![("kind", "erase".into()), ("target", "".into()), ("at", 4.into())];
    play.spoils(Who::Operator, strokes, &mark, with("target", no_names()));
    play.does(Who::Operator, |tx| append_no_maps(tx, strokes));
    // A whole number however it is written, and fields that nobody knows.
    let mut odd = good.clone();
    odd[3].1 = 7.0.into();
    odd.push(("more", Put::Map));
    play.does(Who::Expert, |tx| append_raw(tx, strokes, &odd));
    cases.push(play.case("strokes to be passed over"));
    cases
}

fn shelves() -> Vec<Value> {
    let file = |name: &'static str, pages| NewFile {
        blob: blob(0xf1),
        size: 52_428_800,
        name,
        media_type: "video/mp4",
        pages,
    };
    let page = |of, number| NewPage {
        of,
        number,
        blob: blob(0x90 + number as u8),
        size: 9,
        width: 1240,
        height: 1754,
        media_type: "image/png",
    };
    let mut cases = Vec::new();

    let mut play = Play::new(DocId::ROOM);
    play.does(Who::Operator, |tx| room::append_chat(tx, "a video 👋", 1));
    let video = play.does(Who::Operator, |tx| shelf::publish(tx, &file("../видео.mp4", None), 2));
    let manual = play.does(Who::Expert, |tx| shelf::publish(tx, &file("manual.pdf", Some(12)), 3));
    play.does(Who::Expert, |tx| shelf::add_page(tx, &page(manual, 3), 4));
    play.does(Who::Lead, |tx| shelf::add_page(tx, &page(manual, 0), 5));
    play.does(Who::Operator, |tx| shelf::add_page(tx, &page(manual, 1), 6));
    play.does(Who::Expert, |tx| shelf::add_page(tx, &page(manual, 12), 7));
    play.does(Who::Expert, |tx| shelf::add_page(tx, &page(video, 0), 7));
    let again = play.does(Who::Expert, |tx| shelf::add_page(tx, &NewPage { blob: blob(0x77), ..page(manual, 3) }, 8));
    let wrong = play.does(Who::Expert, |tx| shelf::add_page(tx, &page(manual, 5), 9));
    play.does(Who::Expert, |tx| shelf::hide(tx, wrong, 10));
    play.does(Who::Operator, |tx| shelf::hide(tx, again, 11));
    cases.push(play.case("a video, and a manual with pages"));

    let mut play = Play::new(DocId::ROOM);
    let names = ["mine", "theirs", "mine too", "kept"];
    let files = names.map(|name| play.does(Who::Operator, |tx| shelf::add_file(tx, &file(name, None), 1)));
    let theirs = play.does(Who::Expert, |tx| shelf::publish(tx, &file("the expert's", None), 1));
    play.does(Who::Operator, |tx| shelf::hide(tx, files[0], 2));
    play.does(Who::Expert, |tx| shelf::hide(tx, files[1], 2));
    play.does(Who::Lead, |tx| shelf::hide(tx, files[2], 2));
    play.does(Who::Operator, |tx| shelf::hide(tx, theirs, 2));
    play.does(Who::Operator, |tx| shelf::hide(tx, nobodys(), 2));
    cases.push(play.case("taken off the shelf"));

    let mut play = Play::new(DocId::ROOM);
    let list = (DocKind::Room, "shelf");
    let blob32 = || Put::from(ScalarValue::Bytes(vec![3; 32]));
    let good: RawFields = vec![
        ("kind", "document".into()),
        ("blob", blob32()),
        ("size", 1.into()),
        ("name", "".into()),
        ("type", "".into()),
        ("pages", 1.into()),
        ("at", 3.into()),
    ];
    let document = play.does(Who::Expert, |tx| shelf::add_file(tx, &file("a document", Some(3)), 1));
    let ways = [
        with("kind", [no_strings(), vec!["folder".into()]].concat()),
        with("blob", vec![ScalarValue::Bytes(vec![3; 31]).into(), "3".into(), Put::Text("3")]),
        with("size", [no_numbers(), vec![0.into()]].concat()),
        with("name", [no_strings(), vec!["é".repeat(128).into()]].concat()),
        with("pages", [no_numbers(), vec![0.into(), 10_001.into()]].concat()),
    ];
    play.spoils(Who::Expert, list, &good, ways.concat());
    let good: RawFields = vec![
        ("kind", "page".into()),
        ("of", document.to_string().into()),
        ("page", 0.into()),
        ("blob", blob32()),
        ("size", 1.into()),
        ("width", 1.into()),
        ("height", 1.into()),
        ("type", "".into()),
        ("at", 3.into()),
    ];
    let ways = [with("of", no_names()), with("page", [no_numbers(), vec![(-1).into(), 10_000.into()]].concat())];
    play.spoils(Who::Expert, list, &good, ways.concat());
    play.does(Who::Expert, |tx| append_no_maps(tx, list));
    let chat: RawFields = vec![("text", "".into()), ("file", blob32()), ("at", 3.into())];
    play.spoils(Who::Expert, (DocKind::Room, "chat"), &chat, with("file", vec![ScalarValue::Bytes(vec![3]).into()]));
    play.does(Who::Expert, |tx| {
        append_raw(
            tx,
            (DocKind::Room, "chat"),
            &vec![("text", "with words".into()), ("file", "no blob".into()), ("at", 3.into())],
        )
    });
    cases.push(play.case("files to be passed over"));
    cases
}

fn checklists() -> Vec<Value> {
    let mut cases = Vec::new();
    let mut play = Play::new(DocId::ROOM);
    let lines = ["close the valve", "", "wait a minute\r\nopen it 👋", "  done?  "];
    let list = play.does(Who::Expert, |tx| steps::add_list(tx, "restart", &lines, 1));
    let other = play.does(Who::Operator, |tx| steps::add_list(tx, "mine", &["one"], 2));
    let set = |list, step, state, note: &'static str| NewState { list, step, state, note, photo: None };
    play.does(Who::Operator, |tx| steps::set_state(tx, &set(list, 0, StepState::Failed, "it is stuck"), 3));
    play.does(Who::Expert, |tx| steps::set_state(tx, &set(list, 0, StepState::Open, "turn it left"), 4));
    let photo = NewState { photo: Some(blob(0x70)), ..set(list, 2, StepState::Done, "") };
    play.does(Who::Operator, |tx| steps::set_state(tx, &photo, 5));
    play.does(Who::Operator, |tx| steps::set_state(tx, &set(list, 4, StepState::Done, ""), 6));
    play.does(Who::Operator, |tx| steps::hide(tx, list, 7));
    cases.push(play.case("ticked, stuck, with a photo"));

    let mut play = Play::new(DocId::ROOM);
    let lists = ["own", "by an expert", "kept"]
        .map(|title| play.does(Who::Operator, |tx| steps::add_list(tx, title, &["one", "two"], 1)));
    play.does(Who::Operator, |tx| steps::hide(tx, lists[0], 2));
    play.does(Who::Expert, |tx| steps::hide(tx, lists[1], 2));
    play.does(Who::Expert, |tx| steps::set_state(tx, &set(other, 0, StepState::Done, ""), 3));
    let apart = [Who::Expert, Who::Operator].map(|who| {
        let state = if who == Who::Expert { StepState::Done } else { StepState::Failed };
        (who, play.alone(who, |tx| steps::set_state(tx, &set(lists[2], 1, state, ""), 4)).1)
    });
    apart.iter().for_each(|(by, envelope)| play.heard(*by, envelope));
    cases.push(play.case("taken away, and two at once"));

    let mut play = Play::new(DocId::ROOM);
    let of = (DocKind::Room, "steps");
    let good: RawFields =
        vec![("kind", "list".into()), ("title", "t".into()), ("steps", "one".into()), ("at", 1.into())];
    let many = vec!["x"; limits::STEPS + 1].join("\n");
    let ways = [
        with("title", no_strings()),
        with("steps", no_strings()),
        with("steps", vec!["".into(), "one\n\ntwo".into(), "one\n".into(), many.into(), "x".repeat(1001).into()]),
    ];
    play.spoils(Who::Operator, of, &good, ways.concat());
    let list = play.does(Who::Expert, |tx| steps::add_list(tx, "", &["x"; limits::STEPS + 7], 1));
    let good: RawFields = vec![
        ("kind", "state".into()),
        ("list", list.to_string().into()),
        ("step", 0.into()),
        ("state", "done".into()),
        ("note", "".into()),
        ("at", 1.into()),
    ];
    let ways = [
        with("list", no_names()),
        with("step", [no_numbers(), vec![(-1).into(), 200.into()]].concat()),
        with("state", [no_strings(), vec!["almost".into()]].concat()),
        with("note", [no_strings(), vec!["x".repeat(2001).into()]].concat()),
    ];
    play.spoils(Who::Operator, of, &good, ways.concat());
    let mut odd = good.clone();
    odd[2].1 = 1.into();
    odd.push(("photo", "no blob".into()));
    play.does(Who::Operator, |tx| append_raw(tx, of, &odd));
    play.does(Who::Operator, |tx| append_no_maps(tx, of));
    cases.push(play.case("checklists to be passed over"));
    cases
}

fn texts() -> Vec<Value> {
    let mut cases = vec![Play::new(TEXT).case("nothing yet")];
    let mut play = Play::new(TEXT);
    play.does(Who::Expert, |tx| text::set_title(tx, "report", 1));
    play.does(Who::Expert, |tx| text::splice(tx, Splice { at: 0, delete: 0, insert: "The valve 👋 is stuck." }));
    let apart = [
        (Who::Expert, Splice { at: 4, delete: 5, insert: "red valve" }),
        (Who::Operator, Splice { at: 21, delete: 1, insert: ", שלום" }),
    ]
    .map(|(who, splice)| (who, play.alone(who, |tx| text::splice(tx, splice)).1));
    apart.iter().for_each(|(by, envelope)| play.heard(*by, envelope));
    play.does(Who::Operator, |tx| text::set_title(tx, "our report", 2));
    play.does(Who::Operator, |tx| text::splice(tx, Splice { at: 1_000, delete: 1_000, insert: "!" }));
    let meta = (DocKind::Text, "meta");
    let good: RawFields = vec![("kind", "title".into()), ("text", "x".into()), ("at", 1.into())];
    let ways =
        [with("kind", vec!["name".into()]), with("text", no_strings()), with("text", vec!["x".repeat(1001).into()])];
    play.spoils(Who::Operator, meta, &good, ways.concat());
    play.does(Who::Operator, |tx| append_no_maps(tx, meta));
    cases.push(play.case("written by two"));
    cases
}

fn desks() -> Vec<Value> {
    let mut play = Play::new(DocId::DESK);
    let [edited, hidden, kept] =
        ["first", "second", "third"].map(|text| play.does(Who::Expert, |tx| desk::add_note(tx, text, 1)));
    let leads = play.does(Who::Lead, |tx| desk::add_note(tx, "the lead's", 2));
    play.does(Who::Expert, |tx| desk::edit_note(tx, edited, "first, changed", 3));
    play.does(Who::Lead, |tx| desk::edit_note(tx, kept, "not mine", 3));
    play.does(Who::Lead, |tx| desk::hide(tx, hidden, 3));
    play.does(Who::Expert, |tx| desk::hide(tx, leads, 3));
    let notes = (DocKind::Desk, "notes");
    let good: RawFields = vec![("kind", "note".into()), ("text", "x".into()), ("at", 1.into())];
    play.spoils(Who::Expert, notes, &good, with("text", no_strings()));
    play.does(Who::Expert, |tx| append_no_maps(tx, notes));
    vec![play.case("notes of two experts")]
}

#[test]
fn view_cases() {
    let note = "Envelopes of several members, and what the document shows of them.";
    golden("board", note, boards());
    golden("shelf", note, shelves());
    golden("steps", note, checklists());
    golden("text", note, texts());
    golden("desk", note, desks());
}

#[test]
fn points_cases() {
    let some: [(&str, &[points::Point]); 4] = [
        ("the corner", &[(0, 0)]),
        ("from corner to corner", &[(0, 0), (65535, 65535), (0, 65535), (65535, 0)]),
        ("short ways", &[(1000, 1000), (1001, 999), (1001, 999), (937, 1063), (938, 1064)]),
        ("a long way back", &[(64, 8192), (0, 0)]),
    ];
    let mut cases: Vec<Value> =
        some.iter().map(|(name, points)| points_case(name, &points::encode(points).unwrap())).collect();
    let refused: [(&str, &[u8]); 11] = [
        ("nothing", &[]),
        ("no points", &[0]),
        ("a point short", &[2, 2, 2]),
        ("half a point", &[1, 2]),
        ("a byte more", &[1, 2, 2, 0]),
        ("a longer form of the count", &[0x81, 0, 2, 2]),
        ("a longer form of a way", &[1, 0x82, 0, 2]),
        ("left of the picture", &[1, 1, 0]),
        ("below the picture", &[1, 0, 0x80, 0x80, 0x08]),
        ("a number of more bits than a way has", &[1, 0x80, 0x80, 0x80, 1, 0]),
        ("20001 points claimed", &[0xa1, 0x9c, 0x01, 0, 0]),
    ];
    for (name, bytes) in refused {
        assert_eq!(points::decode(bytes), None, "{name}");
        cases.push(points_case(name, bytes));
    }
    let many = vec![(7, 7); limits::STROKE_POINTS];
    let most = points::encode(&many).unwrap();
    cases.push(json!({ "name": "the most", "repeat": [7, 7], "count": many.len(), "length": most.len() }));
    cases.push(json!({ "name": "words", "words": words() }));
    golden("points", "Points of strokes: bytes, and the points they are, or null for what is refused.", cases);
}

#[test]
fn every_case_replays() {
    let all = [boards(), shelves(), checklists(), texts(), desks()].concat();
    all.iter().for_each(replay);
}

/// Whatever order envelopes come in, and whenever somebody looks: the same view.
#[test]
fn looking_often_shows_the_same() {
    for case in [boards(), shelves(), checklists(), texts(), desks()].concat() {
        assert_eq!(watched(&case, false), case["view"], "{}", case["name"]);
        assert_eq!(watched(&case, true), case["view"], "{}, backwards", case["name"]);
    }
}

/// One view through all of a case, refreshed after every envelope.
fn watched(case: &Value, backwards: bool) -> Value {
    let (roster, mut envelopes) = common::scene::parts_of(case);
    if backwards {
        envelopes.reverse();
    }
    let Some(first) = envelopes.first() else { return case["view"].clone() };
    let mut document = Document::new(Envelope::decode(first).unwrap().doc());
    document.on_roster(&roster);
    let mut views = Views::default();
    for bytes in &envelopes {
        document.insert_bytes(bytes, &roster);
        views.refresh(&mut document, &roster);
    }
    // What there was no room for to wait is sent again, as often as that takes.
    while document.log().accepted().count() < envelopes.len() {
        let before = document.log().accepted().count();
        envelopes.iter().for_each(|bytes| drop(document.insert_bytes(bytes, &roster)));
        assert!(document.log().accepted().count() > before, "{}", case["name"]);
    }
    views.refresh(&mut document, &roster)
}

#[test]
fn the_pages_documents_show_the_same() {
    for case in of_the_page("views").into_iter().flatten() {
        let (roster, envelopes) = common::scene::parts_of(&case);
        let mut document = Document::new(Envelope::decode(&envelopes[0]).unwrap().doc());
        document.on_roster(&roster);
        for bytes in &envelopes {
            assert_eq!(document.insert_bytes(bytes, &roster).0.name(), "accepted", "{}", case["name"]);
        }
        assert_eq!(view_of(&mut document, &roster), case["view"], "{}", case["name"]);
    }
}
