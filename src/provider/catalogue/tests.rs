use super::*;

fn refused(text: &str) -> String {
    let error = Catalogue::parse([("mine.yaml", text)]).unwrap_err();
    match std::error::Error::source(&error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

const SHELF: &str = "
kinds:
- kind: shelf
  is: volume
  list: {call: 'x:ListShelves', items: 'Shelves[]'}
  id: Id
  arn: 'arn:{id}'
  props:
    volume_size: Size
    books: {path: 'Books[]', count: true}
    wood: Wood
- kind: book
  list: {each: shelf, call: 'x:ListBooks', items: 'Books[]'}
  id: Id
  edges:
  - {from: shelf, match: {id: _parent.Id}, delete: same}
";

#[test]
fn kinds_have_the_properties_that_their_bases_lack() {
    let catalogue = Catalogue::parse([("mine.yaml", SHELF)]).unwrap();
    let model = KindModel::new(catalogue.kinds()).unwrap();
    let shelf = model.get("shelf").unwrap();
    let own: Vec<_> = shelf.properties.iter().map(|(name, property)| format!("{name}: {property:?}")).collect();
    assert_eq!(own, ["arn: String", "books: Int", "wood: String"]);
    assert_eq!(model.property("shelf", "volume_size"), Some(PropertyType::Int));
    assert_eq!(catalogue.dependants("shelf"), ["book"]);
    assert!(catalogue.dependants("book").is_empty());
}

#[test]
fn a_users_file_replaces_kinds_and_adds_some() {
    let mine = "kinds: [{kind: book, describes: {pages: int}}, {kind: lamp}]";
    let catalogue = Catalogue::parse([("x.yaml", SHELF)]).unwrap().with_overrides([("mine.yaml", mine)]).unwrap();
    assert!(catalogue.get("lamp").is_some());
    assert!(catalogue.get("book").unwrap().list.is_none());
    assert!(catalogue.get("shelf").unwrap().list.is_some());
}

#[test]
fn a_replacement_may_not_leave_others_without_their_parent() {
    let mine = "kinds: [{kind: shelf}]";
    let error = Catalogue::parse([("x.yaml", SHELF)]).unwrap().with_overrides([("mine.yaml", mine)]).unwrap_err();
    insta::assert_snapshot!(error, @"x.yaml:12: kind `book`: its parent `shelf` is not listed itself");
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let twice = format!("{SHELF}- kind: book\n");
    insta::assert_snapshot!(refused(&twice), @"mine.yaml:17: kind `book`: it is described twice");
    let orphan = SHELF.replace("each: shelf", "each: shelve");
    insta::assert_snapshot!(refused(&orphan), @"mine.yaml:12: kind `book`: its parent `shelve` does not exist");
    let edge = SHELF.replace("from: shelf", "from: shelve");
    insta::assert_snapshot!(refused(&edge), @"mine.yaml:12: kind `book`: an edge leads to `shelve`, which does not exist");
    let anonymous = SHELF.replacen("  id: Id\n", "", 1);
    insta::assert_snapshot!(refused(&anonymous), @"mine.yaml:3: kind `shelf`: it is listed but has no `id`");
    for (mistake, line) in [
        (SHELF.replace("wood: Wood", "wood: 'Wood['"), "11"),
        (SHELF.replace("count: true", "cuont: true"), "10"),
        (SHELF.replace("is: volume", "si: volume"), "4"),
        (SHELF.replace("x:ListBooks", "ListBooks"), "13"),
    ] {
        let complaint = refused(&mistake);
        assert!(complaint.contains(&format!("line {line}")), "{complaint}");
    }
}
