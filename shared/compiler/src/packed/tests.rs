use std::path::Path;

use model::{
    CubeId, Join, MeasureType, Member, MemberId, Part, Relationship, SqlTemplate, ViewGroupItem,
};

use super::*;
use crate::{compile, read_folder};

/// A little of everything, so that every byte of it can be changed in turn.
const SMALL: &str = r#"
cubes:
  - name: a
    sql: "SELECT * FROM a WHERE {SECURITY_CONTEXT.x.y.filter('z')} AND {FILTER_PARAMS.a.t.filter('t')}"
    meta: { k: [1] }
    joins:
      - { name: b, relationship: many_to_one, sql: "{CUBE}.b = {b.id}" }
    measures:
      - { name: n, type: count, drill_members: [id], filters: [{ sql: "{id} > 1" }] }
      - { name: r, type: sum, sql: x, rolling_window: { trailing: 7 day, offset: start } }
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: t, type: time, sql: t }
      - { name: g, type: geo, latitude: { sql: x }, longitude: { sql: y } }
      - { name: c, type: string, case: { when: [{ sql: "{CUBE}.x = 1", label: one }], else: { label: { sql: x } } } }
    segments:
      - { name: s, sql: "{t.month} IS NULL" }
  - name: b
    sql_table: b
    dimensions:
      - { name: id, type: number, sql: id, primary_key: true }
      - { name: q, type: number, sql: "{a.n}", sub_query: true }
"#;

fn file(path: &str, text: &str) -> ModelFile {
    ModelFile { path: path.to_owned(), text: text.to_owned() }
}

fn demo() -> (DataModel, Vec<ModelFile>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/ecommerce/model");
    let files = read_folder(&folder).unwrap();
    (compile(&files).unwrap(), files)
}

/// A file with a good checksum around `content`.
fn sealed(content: &[u8]) -> Vec<u8> {
    let checksum: [u8; 32] = Sha256::digest(content).into();
    [MAGIC.as_slice(), &fingerprint().to_le_bytes(), &checksum, content].concat()
}

/// A file with a good checksum around these cubes.
fn sealed_cubes(cubes: &[Cube]) -> Vec<u8> {
    sealed_model(cubes, &[])
}

fn sealed_model(cubes: &[Cube], groups: &[ViewGroup]) -> Vec<u8> {
    let mut content = vec![0; 32];
    (cubes, groups).serialize(&mut Serializer::new(&mut content)).unwrap();
    sealed(&content)
}

fn cubes() -> Vec<Cube> {
    demo().0.cubes().map(|(_, cube)| cube.clone()).collect()
}

#[test]
fn a_model_comes_back_as_it_was() {
    let (model, files) = demo();
    let packed = unpack(&pack(&model, &files).unwrap()).unwrap();
    assert_eq!(packed, Packed { model, sources: sources_digest(&files) });
}

#[test]
fn the_bytes_depend_on_the_model_alone() {
    let (model, files) = demo();
    assert_eq!(pack(&model, &files).unwrap(), pack(&demo().0, &files).unwrap());
}

#[test]
fn every_changed_byte_is_noticed() {
    let model = compile(&[file("model/small.yml", SMALL)]).unwrap();
    let good = pack(&model, &[]).unwrap();
    for index in 0..good.len() {
        let mut bad = good.clone();
        *bad.get_mut(index).unwrap() ^= 0x55;
        let error = unpack(&bad).unwrap_err();
        match index {
            0..8 => assert!(matches!(error, PackedError::NotAModel), "{index}: {error}"),
            8..16 => assert!(matches!(error, PackedError::OtherVersion), "{index}: {error}"),
            _ => assert!(matches!(error, PackedError::Damaged), "{index}: {error}"),
        }
    }
}

#[test]
fn a_file_that_is_cut_off_or_goes_on_is_noticed() {
    let model = compile(&[file("model/small.yml", SMALL)]).unwrap();
    let mut bytes = pack(&model, &[]).unwrap();
    for length in 0..bytes.len() {
        unpack(bytes.get(..length).unwrap()).unwrap_err();
    }
    bytes.push(0);
    assert!(matches!(unpack(&bytes), Err(PackedError::Damaged)));
}

/// The checksum is no secret: these files have a good one.
#[test]
fn content_that_is_no_model_is_an_error() {
    let model = compile(&[file("model/small.yml", SMALL)]).unwrap();
    let good = pack(&model, &[]).unwrap();
    let content = good.get(48..).unwrap();
    for index in 32..content.len() {
        for value in [0x00, 0x7f, 0xc1, 0xdd, 0xdf, 0xff] {
            let mut bad = content.to_vec();
            *bad.get_mut(index).unwrap() = value;
            // Some changes give another model; none may panic or ask for memory without bound.
            drop(unpack(&sealed(&bad)));
        }
        assert!(unpack(&sealed(content.get(..index).unwrap())).is_err());
    }
    let longer = [content, &[0xc0]].concat();
    assert!(matches!(unpack(&sealed(&longer)), Err(PackedError::Content(_))));
}

#[test]
fn depth_and_lengths_are_bounded() {
    let deep: Vec<u8> = [vec![0; 32], vec![0x91; 1_000_000]].concat();
    assert!(matches!(unpack(&sealed(&deep)), Err(PackedError::Content(_))));
    let mut template = SqlTemplate::text("x");
    for _ in 0..MAX_DEPTH {
        template = SqlTemplate { parts: vec![Part::ConvertTimeZone(template)] };
    }
    let mut cubes = cubes();
    cubes.first_mut().unwrap().measures.first_mut().unwrap().filters.push(template);
    assert!(matches!(unpack(&sealed_cubes(&cubes)), Err(PackedError::Content(_))));
    assert!(matches!(pack(&DataModel::new(cubes).unwrap(), &[]), Err(PackedError::Unwritable(_))));
    // An array of four thousand million cubes, and a name as long.
    for claimed in [[0xdd, 0xff, 0xff, 0xff, 0xff], [0xdb, 0xff, 0xff, 0xff, 0xff]] {
        for prefix in [vec![], vec![0x92], vec![0x92, 0x91], vec![0x92, 0x91, 0x9d]] {
            let bytes = [vec![0; 32], prefix, claimed.to_vec()].concat();
            assert!(matches!(unpack(&sealed(&bytes)), Err(PackedError::Content(_))));
        }
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_an_error() {
    let nowhere = MemberId { cube: CubeId(1), member: Member::Measure(99) };
    let mut changes: Vec<fn(&mut Cube, MemberId)> = Vec::new();
    changes.push(|cube, id| cube.measures.first_mut().unwrap().drill_members.push(id));
    changes.push(|cube, id| {
        let measure = cube.measures.first_mut().unwrap();
        measure.kind = MeasureType::Number;
        measure.sql = Some(SqlTemplate { parts: vec![Part::Member(id)] });
    });
    changes.push(|cube, _| {
        cube.joins.push(Join {
            target: CubeId(99),
            relationship: Relationship::OneToOne,
            condition: SqlTemplate::text("true"),
        });
    });
    changes.push(|cube, id| {
        let column = SqlTemplate { parts: vec![Part::Member(id)] };
        let filters = &mut cube.measures.first_mut().unwrap().filters;
        filters.push(SqlTemplate { parts: vec![Part::ConvertTimeZone(column)] });
    });
    for change in changes {
        let mut cubes = cubes();
        change(cubes.first_mut().unwrap(), nowhere);
        assert!(matches!(unpack(&sealed_cubes(&cubes)), Err(PackedError::Dangling)));
    }
    assert!(unpack(&sealed_cubes(&cubes())).is_ok());
    let group = |view| ViewGroup {
        name: "all".to_owned(),
        title: None,
        description: None,
        items: vec![ViewGroupItem::View(view)],
    };
    let dangling = sealed_model(&cubes(), &[group(CubeId(u32::MAX))]);
    assert!(matches!(unpack(&dangling), Err(PackedError::Dangling)));
    let packed = unpack(&sealed_model(&cubes(), &[group(CubeId(0))])).unwrap();
    assert_eq!(packed.model.view_groups(), [group(CubeId(0))]);
}

#[test]
fn one_name_twice_is_an_error() {
    let twice = [cubes(), cubes()].concat();
    assert!(matches!(unpack(&sealed_cubes(&twice)), Err(PackedError::Build(_))));
}

#[test]
fn the_digest_tells_files_apart_but_not_their_folders_name() {
    let digest = |path, text| sources_digest(&[file(path, text)]);
    assert_eq!(digest("model/a.yml", "x"), digest("schema/a.yml", "x"));
    assert_ne!(digest("model/a.yml", "x"), digest("model/b.yml", "x"));
    assert_ne!(digest("model/a.yml", "x"), digest("model/a.yml", "y"));
    let (a, b) = (file("model/a.yml", "x"), file("model/b.yml", "y"));
    assert_ne!(sources_digest(&[a.clone(), b.clone()]), sources_digest(&[b, a]));
}
