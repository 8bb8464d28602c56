//! What is collected, what that takes, and what is missing.

use super::*;

#[test]
fn needed_kinds_say_what_needs_them() {
    let out = |line: &str| cli(line, "", &Played::default()).0;
    assert_snapshot!(out("kinds|--needed"), @r"
    KIND            COLLECTED       WHY
    aws_account     no: no_collect  on the way for metric a
    aws_ec2_volume  yes             metric a, b and 2 more; rule old; may depend on aws_vpc, aws_ec2_instance
    ");
    assert_snapshot!(out("kinds|--needed|volume|-o|csv"), @r#"
    kind,provider,collected,setting,metrics,rules,on_the_way_for,may_depend_on
    aws_ec2_volume,aws,true,,"a, b, c, d",old,,"aws_vpc, aws_ec2_instance"
    "#);
}

#[test]
fn policies_are_printed_as_iam_takes_them() {
    let (stdout, stderr, code) = cli("permissions|aws", "", &Played::default());
    assert_eq!((stdout.as_str(), code), ("{\n  \"Statement\": []\n}\n", ExitCode::Success));
    assert_eq!(stderr, "cloudgauge-read (16 characters, for 3 kinds): for the role\n");
    let (stdout, stderr, _) = cli("permissions|aws|--output=ndjson", "", &Played::default());
    assert_eq!(stderr, "");
    assert_eq!(stdout, "{\"attach_to\":\"the role\",\"name\":\"cloudgauge-read\",\"policy\":{\"Statement\":[]}}\n");
    assert_eq!(cli("permissions", "", &Played::default()).2, ExitCode::Usage);
    assert_eq!(cli("permissions|aws|--probe|--cleanup", "", &Played::default()).2, ExitCode::Usage);
}

#[test]
fn missing_permissions_are_a_table_with_a_way_out() {
    let (stdout, stderr, code) = cli("permissions|aws|--probe", "", &Played::default());
    assert_eq!(code, ExitCode::Incomplete);
    assert_snapshot!(stdout, @r"
    ACCOUNT  MISSING              REFUSED IN       KINDS
    1        ec2:DescribeRegions  (by IAM's word)  (the account itself)
    1        ec2:DescribeVpcs     eu-west-1        aws_vpc, b, c and 2 more
    ");
    assert_snapshot!(stderr, @r"
    IAM does not say what account 2 refuses (denied: no); all of it was listed once.

    Allow them with the policies of `cloudgauge permissions aws`, leave the kinds out with
    `providers.aws.no_collect`, or name them in `providers.aws.expected_denials`.
    ");
    let (stdout, stderr, code) = cli("permissions|aws|--probe", "", &Played { all_is_well: true, ..Played::default() });
    assert_eq!((stdout.as_str(), code), ("", ExitCode::Success));
    assert!(stderr.ends_with("No permission is missing.\n"), "{stderr}");
}

#[test]
fn an_estimate_takes_what_it_is_told_to_assume() {
    let (stdout, _, code) = cli("estimate|--items=7|-o|json", "", &Played::default());
    assert!(stdout.contains("\"calls\": 7,") && code == ExitCode::Success, "{stdout}");
    assert_eq!(
        cli("estimate", "", &Played::default()).0.lines().next().unwrap().split_whitespace().next(),
        Some("SERVICE")
    );
}
