//! What `search` prints.

use super::*;

#[test]
fn a_search_prints_what_identifies_a_resource() {
    let program = Played { rows: vec![instance("a", 2), instance("bb", 16)], ..Played::default() };
    let (stdout, stderr, code) = cli("search|is(instance)", "", &program);
    assert_eq!((stderr.as_str(), code), ("Searched the server.\n", ExitCode::Success));
    assert_snapshot!(stdout, @r"
    KIND              ID    NAME  CLOUD  ACCOUNT  REGION  CTIME
    aws_ec2_instance  i-a   a     AWS    1                2026-01-01T00:00:00Z
    aws_ec2_instance  i-bb  bb    AWS    1                2026-01-01T00:00:00Z
    ");
    assert_eq!(*program.asked.lock().unwrap(), ["search is(instance) at http://127.0.0.1:9955, 1000 rows"]);
}

#[test]
fn every_form_of_output_can_be_read_by_its_reader() {
    let program = Played { rows: vec![instance("a", 2), instance("bb", 16)], ..Played::default() };
    let out = |line: &str| cli(line, "", &program).0;
    assert_snapshot!(out("search|q|--columns=name,cores,tags.owner,account,absent"), @r#"
    NAME  CORES  TAGS.OWNER  ACCOUNT  ABSENT
    a         2  a, "b"      1
    bb       16  a, "b"      1
    "#);
    assert_snapshot!(out("search|q|-o|csv|--columns=name,cores,tags.owner,account,absent"), @r#"
    name,cores,tags.owner,account,absent
    a,2,"a, ""b""",1,
    bb,16,"a, ""b""",1,
    "#);
    let parsed: Vec<Value> = serde_json::from_str(&out("search|q|-o|json")).unwrap();
    assert_eq!(parsed, program.rows);
    let lines: Vec<Value> = out("search|q|-o|ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines, program.rows);
    assert_eq!(out("search|q|-o|ndjson|--limit=1").lines().count(), 1);
}

#[test]
fn a_column_that_no_result_has_is_named_with_a_guess() {
    let program = Played { rows: vec![instance("a", 2)], ..Played::default() };
    let (_, stderr, code) = cli("search|q|--columns=nam,zzz,cores", "", &program);
    assert_eq!(stderr, "Searched the server.\nNo result has `nam`; did you mean `name`?\nNo result has `zzz`.\n");
    assert_eq!(code, ExitCode::Success);
    assert_eq!(cli("search|q|--columns=nam|-o|json", "", &program).1, "Searched the server.\n");
}

#[test]
fn what_a_merge_adds_is_a_column_with_names() {
    let mut with = instance("a", 2);
    with["volumes"] = json!([{"reported": {"id": "v-1", "name": "data"}}, {"reported": {"id": "v-2"}}]);
    with["vpc"] = json!({"reported": {"id": "vpc-1", "name": "main"}});
    let mut without = instance("b", 2);
    (without["volumes"], without["vpc"]) = (json!([]), Value::Null);
    let program = Played { rows: vec![with, without], ..Played::default() };
    assert_snapshot!(cli("search|q", "", &program).0, @r"
    KIND              ID   NAME  CLOUD  ACCOUNT  REGION  CTIME                 VOLUMES    VPC
    aws_ec2_instance  i-a  a     AWS    1                2026-01-01T00:00:00Z  data, v-2  main
    aws_ec2_instance  i-b  b     AWS    1                2026-01-01T00:00:00Z
    ");
}

#[test]
fn groups_of_an_aggregation_are_columns() {
    let rows = vec![
        json!({"group": {"kind": "a", "ancestors.region.reported.name": "eu"}, "count": 12}),
        json!({"group": {"kind": "bbb", "ancestors.region.reported.name": null}, "count": 3}),
    ];
    let (stdout, ..) = cli("search|q", "", &Played { rows, ..Played::default() });
    assert_snapshot!(stdout, @r"
    ANCESTORS.REGION.REPORTED.NAME  KIND  COUNT
    eu                              a        12
                                    bbb       3
    ");
}

#[test]
fn what_is_to_be_known_of_an_answer_does_not_get_into_it() {
    let program = Played { notes: vec!["There is more.".to_owned()], ..Played::default() };
    let (stdout, stderr, code) = cli("search|q", "", &program);
    assert_eq!((stdout.as_str(), stderr.as_str()), ("", "Searched the server.\nThere is more.\nNothing was found.\n"));
    assert_eq!(code, ExitCode::Success);
    assert_eq!(cli("search|q|-o|json", "", &program).0.trim(), "[]");
}

#[test]
fn a_search_over_half_an_inventory_says_so() {
    let program = Played { rows: vec![instance("a", 2)], ..Played::default() };
    let (stdout, stderr, code) = cli("search|--collect|q|--columns=name", "", &program);
    assert_eq!((stdout.as_str(), code), ("NAME\na\n", ExitCode::Incomplete));
    assert!(stderr.contains("ec2:DescribeVolumes is not allowed"), "{stderr}");
}

#[test]
fn a_server_that_is_down_is_named_with_the_cause() {
    let (stdout, stderr, code) = cli("search|q", "", &Played { server_is_down: true, ..Played::default() });
    assert_eq!((stdout.as_str(), code), ("", ExitCode::Server));
    assert_snapshot!(stderr, @r"
    No server answers, and no generation is stored (`storage.path`). To look elsewhere: --server, --generation, --file,
    --collect.
    error: no server answers at `http://127.0.0.1:9955`
      because: connection refused
    ");
}

#[test]
fn a_search_looks_where_it_is_told_and_otherwise_where_there_is_something() {
    let asked = |line: &str, program: Played| {
        let (_, stderr, code) = cli(line, "", &program);
        (program.asked.lock().unwrap().join(", "), stderr, code)
    };
    let down = || Played { server_is_down: true, has_stored: true, ..Played::default() };
    let (told, stderr, code) = asked("search|q", down());
    assert_eq!(told, "search q at http://127.0.0.1:9955, 1000 rows, search q in the last");
    assert_eq!((stderr.as_str(), code), ("Searched a stored generation.\nNothing was found.\n", ExitCode::Success));
    assert_eq!(asked("search|q|--server=http://x", down()).2, ExitCode::Server);
    assert_eq!(asked("search|q|--generation=latest", down()).0, "search q in the last");
    assert_eq!(asked("search|q|--generation=a/b", down()).0, "search q in a/b");
    let (_, stderr, code) = asked("search|q|--generation=latest", Played::default());
    assert_eq!((stderr.as_str(), code), ("error: no generation is stored\n", ExitCode::Failure));
    let (told, stderr, _) = asked("search|q|--file=a.yaml|--file=b/*.json", Played { all_is_well: true, ..down() });
    assert_eq!(told, "files a.yaml b/*.json");
    assert!(stderr.contains("Searched a.yaml, b/*.json."), "{stderr}");
    for both in ["--server=http://x|--generation=latest", "--file=x|--generation=latest", "--file=x|--collect"] {
        assert_eq!(asked(&format!("search|q|{both}"), down()).2, ExitCode::Usage, "{both}");
    }
}

#[test]
fn an_explanation_is_printed_instead_of_rows() {
    let (stdout, ..) = cli("search|q|--explain", "", &Played { rows: vec![instance("a", 2)], ..Played::default() });
    assert_eq!(stdout, "a scan\n");
}
