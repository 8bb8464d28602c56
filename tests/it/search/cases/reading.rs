//! Reading: tokens, precedence, and what is refused.

use super::Case;
use crate::search::company::all_answer;

pub(super) const TOKENS: &[Case] = &[
    ("  is ( volume )  ", "g-2 v-1 v-2 v-3 v-9"),
    ("is(\"volume\")", "g-2 v-1 v-2 v-3 v-9"),
    ("is( [ volume , database ] )", "db-1 g-2 g-db v-1 v-2 v-3 v-9"),
    (": is(volume)", "g-2 v-1 v-2 v-3 v-9"),
    ("((is(volume)))", "g-2 v-1 v-2 v-3 v-9"),
    ("is(volume)and volume_size=20", "v-2"),
    ("is(volume)\n\tand\n volume_size\n=\n20", "v-2"),
    ("is(volume) #tag", "g-2 v-1 v-2 v-3 v-9"),
    // From left to right, whatever joins.
    ("is(volume) or is(instance) and name = sunset", "v-9"),
    ("is(volume) and name = sunset or is(instance)", "g-1 i-1 i-2 i-3 v-9"),
    ("is(volume) or (is(instance) and name = sunset)", "g-2 v-1 v-2 v-3 v-9"),
    ("is(volume) and (name = sunset or name = v-1)", "v-1 v-9"),
    // `not` takes the next condition only.
    ("not is(volume) and volume_size != null", ""),
    ("not (is(volume) and volume_size != null) and is(volume)", "g-2"),
    ("not not is(database)", "db-1 g-db"),
    ("is(volume) and not name = v-1 and not name = v-2", "g-2 v-3 v-9"),
    // Literals.
    ("volume_size == 020", "v-2"),
    ("volume_size = +20", "v-2"),
    ("volume_size = 20.0", "v-2"),
    ("volume_size > -1", "v-1 v-2 v-3 v-9"),
    ("name == prod-web", "i-1"),
    ("name == \"prod-web\"", "i-1"),
    ("name == 1e3", ""),
    ("name = truely", ""),
    ("name = nullify", ""),
    ("name in [sunset, \"prod-web\"]", "i-1 v-9"),
    ("name in [ sunset ]", "v-9"),
    ("name =~ \"\\d-\\w\"", "europe-west1-b"),
    ("name = \"a \\\"b\\\" \\\\ c\"", ""),
    ("some == {nested: [{prop: 3}, {prop: 1}]}", "s-full"),
    ("some == {\"nested\": []}", ""),
    ("tags.`owner` = ann", "i-1"),
    ("`name` = sunset", "v-9"),
];

#[test]
fn spaces_brackets_and_words_are_read_as_the_manual_says() {
    all_answer(TOKENS);
}

pub(super) const REFUSED: &[Case] = &[
    ("", "error: the query ends too early"),
    ("is(volume) AND name = a", "error: `AND` is not expected here"),
    ("is(volume", "error: this `(` is not closed"),
    ("is(volume))", "error: `)` is not expected here"),
    ("name = 'a'", "error: single quotes do not enclose text"),
    ("name = \"a", "error: this string is not closed"),
    ("volume_size > .5", "error: `.5` is not a number"),
    ("volume_size > 1.", "error: `1.` is not a number"),
    ("is(volume) sort name reversed limit 2", "error: `limit` is not expected here"),
    ("is(volume) limit 2 sort name", "error: `sort` is not expected here"),
    ("aggregate(kind): all", "error: this aggregate has no function"),
    ("aggregate(kind: sum(1)):", "error: the query ends too early"),
    ("aggregate(kind: sum(1)) all", "error: `all` is not expected here"),
    ("aggregate(kind: median(1)): all", "error: there is no function `median`"),
    ("aggregate(kind: sum(1) as n, sum(2) as n): all", "error: two results of this aggregate are named `n`"),
    ("is(volume) -[3:1]->", "error: the least depth is greater than the greatest"),
    ("is(volume) -[251]->", "error: no walk goes further than 250 steps"),
    ("is(volume) -owns->", "error: `-` is not expected here"),
    ("is(volume) with(some, <-- all)", "error: `some` is not expected here"),
    ("is(nothing)", "error: there is no kind `nothing`"),
    ("is(volume) and volume_sise > 1", "error: no kind has a property `volume_sise`"),
    ("/ancestors.vpc.reported.name = x", "error: there is no kind `vpc`"),
    ("/nowhere.x = 1", "error: a document has no section `nowhere`"),
    ("/metadata.nothing = 1", "error: there is no field `nothing` in this section"),
    ("desired.clean = true", "error: no kind has a property `desired`"),
    ("/usage.cpu = 1", "error: no usage series are kept, so there is no section `usage`"),
    ("name in sunset", "error: `in` needs a list"),
    ("volume_size > [1]", "error: `[1]` cannot be ordered"),
    ("age > soon", "error: `soon` is not a duration"),
    ("age =~ \"1\"", "error: `age` is a duration and matches no text"),
    ("ctime < tomorow", "error: `tomorow` is neither a time nor a duration"),
    ("in_subnet(public_ip_address, 10.0.0.0/33)", "error: `10.0.0.0/33` is not an IPv4 network"),
    ("mixed[*].{is(volume)}", "error: `is(...)` asks for a node, not for an array's element"),
];

#[test]
fn what_cannot_be_read_is_refused_with_its_reason() {
    all_answer(REFUSED);
}

// It is noon on Sunday, the 22nd of November 2026.
pub(super) const PLACEHOLDERS: &[Case] = &[
    ("is(certificate) and expires < \"@TODAY@\"", "c-past"),
    ("is(certificate) and expires > \"@TOMORROW@\"", "c-soon"),
    ("is(certificate) and expires < @now@", "c-past"),
    ("ctime > \"@YESTERDAY@\"", "g-1 i-2 v-3"),
    ("is(certificate) and expires =~ \"^@YEAR@-@MONTH@\"", "c-past"),
    ("is(certificate) and expires < \"@MONDAY@\"", "c-past"),
    ("is(certificate) and expires < \"@SUNDAY@\"", "c-past"),
    ("\"@YEAR@ 12 01T00\"", "c-soon"),
    ("name = \"@WHAT@\"", ""),
];

#[test]
fn placeholders_stand_for_the_time_of_the_question() {
    all_answer(PLACEHOLDERS);
}
