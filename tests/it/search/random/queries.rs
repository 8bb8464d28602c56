//! Random queries, as text: every construct of the language, about the properties of random worlds.

#![expect(clippy::format_push_string, reason = "what is written from left to right reads best that way")]

use super::{Dice, worlds::TEXTS};

const WORDS: [&str; 31] = [
    "name",
    "s",
    "id",
    "kind",
    "tags.owner",
    "tags.`a b`",
    "o.a.s",
    "o.`key.with:signs`",
    "m",
    "m.x",
    "m[0]",
    "cloud",
    "account",
    "account.id",
    "region",
    "region.s",
    "zone",
    "/reported.s",
    "/ancestors.sky_region.reported.s",
    "/ancestors.machine.reported.name",
    "/ancestors.sample.reported.tags.owner",
    "/descendants.disk.reported.name",
    "/descendants.volume.reported.volume_type",
    "/metadata.provider_link",
    "/ancestors.machine.metadata.provider_link",
    "instance_status",
    "volume_type",
    "os[0].k",
    "o.l[1]",
    "/metadata.cleanup.rule",
    "l[0]",
];

/// Paths with several values.
const SEVERAL: [&str; 12] = [
    "l",
    "l[*]",
    "l[]",
    "m[*]",
    "os[*].k",
    "os[*].v",
    "os[*].in[*].c",
    "o.items[*].v",
    "o.l",
    "/kinds",
    "/ancestors.sample.reported.l",
    "dns_names",
];

const NUMBERS: [&str; 16] = [
    "n",
    "i",
    "x",
    "n",
    "volume_size",
    "instance_cores",
    "instance_memory",
    "size_mb",
    "o.a.b",
    "os[0].v",
    "os[1].in[0].d",
    "m",
    "/reported.i",
    "region.n",
    "/descendants.disk.reported.volume_size",
    "/ancestors.machine.reported.instance_cores",
];

const BOOLEANS: [&str; 6] =
    ["f", "volume_encrypted", "/metadata.protected", "/metadata.phantom", "/desired.clean", "m"];

const TIMES: [&str; 8] = [
    "ctime",
    "mtime",
    "atime",
    "t",
    "expires",
    "/metadata.expires",
    "/ancestors.sample.reported.ctime",
    "/metadata.cleanup.since",
];

const AGES: [&str; 5] =
    ["age", "last_update", "last_access", "/reported.age", "/ancestors.machine.reported.last_update"];

const WHOLE: [&str; 9] = ["l", "o", "os", "tags", "m", "o.a", "/kinds", "/metadata.cleanup", "o.l"];

const KINDS: [&str; 17] = [
    "resource",
    "machine",
    "instance",
    "disk",
    "volume",
    "sample",
    "sample",
    "sample_large",
    "other",
    "certificate",
    "sky_region",
    "region",
    "account",
    "cloud",
    "zone",
    "phantom_resource",
    "graph_root",
];

/// A query about a world whose nodes have these keys.
pub(crate) fn query(dice: &mut Dice, keys: &[String]) -> String {
    Author { dice, keys }.query()
}

struct Author<'a> {
    dice: &'a mut Dice,
    keys: &'a [String],
}

impl Author<'_> {
    fn query(&mut self) -> String {
        let mut text = String::new();
        let aggregate = self.dice.percent(45);
        if aggregate {
            text += &self.aggregate();
        }
        let preamble = self.dice.percent(12);
        if preamble {
            text += &format!(" (edge_type={})", self.edge_types());
        }
        text += if aggregate || preamble { ": " } else { "" };
        for _ in 0..[0, 0, 0, 1, 1, 2][self.dice.below(6)] {
            // Those on the way keep much, so that something arrives.
            text += &if self.dice.percent(60) { self.is() } else { self.part() };
            text += &format!(" {} ", self.navigation());
        }
        text += &self.part();
        if self.dice.percent(8) {
            text += &format!(" {}", self.navigation());
        }
        text
    }

    fn part(&mut self) -> String {
        let mut text = self.term(2);
        if self.dice.percent(8) {
            text += &format!(" {}", self.merge());
        }
        if self.dice.percent(12) {
            text += &format!(" {}", self.with(2));
        }
        if self.dice.percent(3) {
            text += " #tag";
        }
        if self.dice.percent(30) {
            let keys: Vec<String> = (0..self.dice.within(1, 3)).map(|_| self.sort_key()).collect();
            text += &format!(" sort {}", keys.join(", "));
        }
        if self.dice.percent(15) {
            text += &format!(" limit {}", self.dice.below(8));
            if self.dice.percent(40) {
                text += &format!(", {}", self.dice.below(8));
            }
        }
        text + if self.dice.percent(12) { " reversed" } else { "" }
    }

    /// A merge with a name for each sub-query that the condition behind it asks for.
    fn merge(&mut self) -> String {
        let mut queries = Vec::new();
        let mut tests = Vec::new();
        for number in 0..self.dice.within(1, 2) {
            let navigation = self.navigation();
            let part = self.part();
            match self.dice.below(3) {
                0 => {
                    let slash = self.dice.word(&["", "/"]);
                    queries.push(format!("{slash}one{number}: {navigation} {part}"));
                    let path = ["reported.s", "reported.n", "ancestors.account.reported.id", "reported.os[*].k", "id"];
                    let path = format!("one{number}.{}", self.dice.word(&path));
                    tests.push(self.test(&path));
                    tests.push(format!("/one{number} {} null", self.dice.word(&["==", "!="])));
                    let path = format!("one{number}.reported.{}", self.dice.word(&["age", "last_update"]));
                    tests.push(self.ordered(&path, &["30d", "5d", "-5d"]));
                }
                1 => {
                    queries.push(format!("all{number}[]: {navigation} {part}"));
                    let path = ["reported.s", "reported.i", "kinds", "reported.os[*].v", "metadata.protected"];
                    let path = format!("all{number}[*].{}", self.dice.word(&path));
                    tests.push(self.test(&path));
                    tests.push(format!("all{number} {} []", self.dice.word(&["==", "!="])));
                    tests.push(format!("all{number}[*].{{reported.s {} alpha}}", self.dice.word(&["==", "!=", "<"])));
                }
                _ => {
                    queries.push(format!(
                        "rows{number}: aggregate(kind as k: sum(1) as c, avg(n) as m): {navigation} {part}"
                    ));
                    let path = format!("rows{number}[*].{}", self.dice.word(&["group.k", "c", "m"]));
                    tests.push(self.test(&path));
                }
            }
        }
        let test = if self.dice.percent(70) { self.dice.one(&tests).clone() } else { String::new() };
        format!("{{ {} }} {test}", queries.join(", "))
    }

    fn sort_key(&mut self) -> String {
        let path = match self.dice.below(6) {
            0 => self.dice.word(&NUMBERS),
            1 => self.dice.word(&TIMES),
            2 => self.dice.word(&AGES),
            3 => self.dice.word(&WHOLE),
            4 => self.dice.word(&SEVERAL),
            _ => self.dice.word(&WORDS),
        };
        path + &self.dice.word(&["", " asc", " desc"])
    }

    fn term(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.percent(45) {
            return self.leaf();
        }
        match self.dice.below(10) {
            0 | 1 => format!("not {}", self.simple(depth - 1)),
            2 => {
                let path = self.dice.word(&["os[*]", "os", "o.items[*]", "m", "m[*]", "os[0]", "/reported.os[]"]);
                format!("{path}.{{{}}}", self.element_term(2))
            }
            _ => {
                let mut text = self.simple(depth - 1);
                let connective = self.dice.word(&["and", "or", "or"]);
                for _ in 0..self.dice.within(1, 3) {
                    // Mostly all alike, sometimes mixed without brackets.
                    let next = if self.dice.percent(20) { self.dice.word(&["and", "or"]) } else { connective.clone() };
                    text += &format!(" {next} {}", self.simple(depth - 1));
                }
                text
            }
        }
    }

    fn simple(&mut self, depth: usize) -> String {
        if self.dice.percent(60) { self.leaf() } else { format!("({})", self.term(depth)) }
    }

    fn leaf(&mut self) -> String {
        match self.dice.below(24) {
            0 => "all".to_owned(),
            1..=5 => self.is(),
            6 => {
                let key = if self.dice.percent(80) { self.dice.one(self.keys).clone() } else { "nobody".to_owned() };
                let keys = format!("\"{key}\", \"{}\"", self.dice.one(self.keys));
                if self.dice.percent(20) { format!("/id in [{keys}]") } else { format!("id({keys})") }
            }
            7 => {
                let phrase = ["alpha", "ALPHA beta", "10", "r1", "2026-11", "ünï", "c@d", "never", "e_f", "🦀", " - "];
                format!("\"{}\"", self.dice.word(&phrase))
            }
            8 => {
                let path =
                    self.dice.word(&["tags", "o", "o.a", "os[*]", "m", "/metadata", "/ancestors.sample.reported.o"]);
                let path = if path == "/metadata" { "/metadata.cleanup".to_owned() } else { path };
                let key =
                    self.dice.word(&["owner", "\"a b\"", "a", "z", "w", "k", "x", "[owner, expiration]", "[k, v]"]);
                format!("has_key({path}, {key})")
            }
            9 => {
                let path =
                    self.dice.word(&["ip", "private_ip", "m", "dns_names", "/ancestors.machine.reported.private_ip"]);
                let network =
                    self.dice.word(&["10.0.0.0/8", "10.0.0.0/31", "0.0.0.0/0", "\"192.168.0.7\"", "10.1.2.3/32"]);
                format!("in_subnet({path}, {network})")
            }
            10 if self.dice.percent(30) => "has_desired_change(/clean)".to_owned(),
            _ => self.comparison(),
        }
    }

    fn is(&mut self) -> String {
        match self.dice.below(3) {
            0 => format!("is({}, {})", self.dice.word(&KINDS), self.dice.word(&KINDS)),
            _ => format!("is({})", self.dice.word(&KINDS)),
        }
    }

    fn comparison(&mut self) -> String {
        match self.dice.below(12) {
            0 | 1 => {
                let duration = ["30d", "\"2 weeks and 3 days\"", "12h", "-5d", "P1D", "3mo", "0s", "\"1d, 12h\""];
                let path = self.dice.word(&AGES);
                self.ordered(&path, &duration)
            }
            2 | 3 => {
                let times = [
                    "2026-11-01",
                    "2026-11-01T00:00:00Z",
                    "2026-11-22T12:00:00",
                    "\"2026-11-01T01:00:00+01:00\"",
                    "-30d",
                    "+10d",
                    "30d",
                    "\"@NOW@\"",
                    "\"@TODAY@\"",
                    "\"@YESTERDAY@\"",
                    "\"@tomorrow@\"",
                ];
                let path = self.dice.word(&TIMES);
                self.ordered(&path, &times)
            }
            4 => {
                let path = self.dice.word(&WHOLE);
                let quantifier = self.quantifier(10);
                let operator = self.dice.word(&["==", "!=", "="]);
                let value = [
                    "null",
                    "[]",
                    "{}",
                    "[1, 2]",
                    "[0]",
                    "[1.0]",
                    "{x: 1}",
                    "{\"owner\": alpha}",
                    "[alpha, null, 3]",
                    "{b: 3, s: alpha, z: null}",
                ];
                format!("{path}{quantifier} {operator} {}", self.dice.word(&value))
            }
            _ => {
                let path = match self.dice.below(6) {
                    0 | 1 => self.dice.word(&WORDS),
                    2 => self.dice.word(&NUMBERS),
                    3 => self.dice.word(&BOOLEANS),
                    _ => self.dice.word(&SEVERAL),
                };
                self.test(&path)
            }
        }
    }

    /// A comparison of the path with one of the values, with whatever operator has a sense there.
    fn ordered(&mut self, path: &str, values: &[&str]) -> String {
        let quantifier = self.quantifier(5);
        match self.dice.below(8) {
            0 => format!("{path} {} null", self.dice.word(&["==", "!="])),
            1 => {
                let operator = self.dice.word(&["in", "not in"]);
                format!("{path}{quantifier} {operator} [{}, {}]", self.dice.word(values), self.dice.word(values))
            }
            _ => {
                let operator = self.dice.word(&["<", "<=", ">", ">=", "==", "!="]);
                format!("{path}{quantifier} {operator} {}", self.dice.word(values))
            }
        }
    }

    /// Any test of values that are no times.
    fn test(&mut self, path: &str) -> String {
        let quantifier = self.quantifier(25);
        match self.dice.below(12) {
            0 => format!("{path}{quantifier} {} null", self.dice.word(&["==", "!="])),
            1 | 2 => {
                let values: Vec<String> = (0..self.dice.below(4)).map(|_| self.value()).collect();
                format!("{path}{quantifier} {} [{}]", self.dice.word(&["in", "not in"]), values.join(", "))
            }
            3 | 4 => {
                let pattern =
                    ["\"^alpha\"", "A", "\"[0-9]+$\"", "\"^$\"", "\"ï\"", "\"(?-i)Alpha\"", "1", "true", "\".\""];
                let operator = self.dice.word(&["=~", "!~", "~"]);
                format!("{path}{quantifier} {operator} {}", self.dice.word(&pattern))
            }
            5 => format!("{path}{quantifier} {} []", self.dice.word(&["==", "!="])),
            _ => {
                let operator = self.dice.word(&["==", "=", "!=", "<", "<=", ">", ">="]);
                format!("{path}{quantifier} {operator} {}", self.value())
            }
        }
    }

    fn quantifier(&mut self, percent: usize) -> String {
        if self.dice.percent(percent) { self.dice.word(&[" all", " any", " none"]) } else { String::new() }
    }

    fn value(&mut self) -> String {
        match self.dice.below(8) {
            0 | 1 => self.dice.word(&["0", "1", "3", "3.0", "0.5", "-2.25", "10", "007", "+4", "70000"]),
            2 => self.dice.word(&["9223372036854775807", "18446744073709551615", "1000000000000000"]),
            3 => self.dice.word(&["true", "false", "yes", "off", "True"]),
            4 => self.dice.word(&["10GB", "3GiB", "\"2 kB\"", "1.5MB", "alpha", "sky", "dev", "west", "sample"]),
            _ => quoted(&self.dice.word(&TEXTS)),
        }
    }

    /// A condition on the elements of a list of objects.
    fn element_term(&mut self, depth: usize) -> String {
        if depth > 0 && self.dice.percent(45) {
            return match self.dice.below(6) {
                0 => format!("not {}", self.element_leaf()),
                1 => format!(
                    "in[*].{{{}}}",
                    self.dice.word(&["c = alpha", "c = alpha and d > 0", "d != 1", "not c = beta"])
                ),
                2 => format!("({} or {}) and {}", self.element_leaf(), self.element_leaf(), self.element_leaf()),
                3 => format!("{}, {}", self.element_leaf(), self.element_leaf()),
                _ => format!("{} {} {}", self.element_leaf(), self.dice.word(&["and", "or"]), self.element_leaf()),
            };
        }
        self.element_leaf()
    }

    fn element_leaf(&mut self) -> String {
        match self.dice.below(9) {
            0 => "all".to_owned(),
            1 => format!("has_key(in[0], {})", self.dice.word(&["c", "d", "[c, d]"])),
            2 => format!("/reported.s = {}", self.value()),
            3 => "\"alpha\"".to_owned(),
            _ => {
                let path = self.dice.word(&["k", "v", "w", "in", "in[*].c", "in[0].d", "x"]);
                self.test(&path)
            }
        }
    }

    fn with(&mut self, depth: usize) -> String {
        let count = match self.dice.below(3) {
            0 => "empty".to_owned(),
            1 => "any".to_owned(),
            _ => {
                let operator = self.dice.word(&["==", "=", "!=", "<", "<=", ">", ">="]);
                format!("count {operator} {}", self.dice.below(4))
            }
        };
        let navigation = self.navigation();
        let term = if self.dice.percent(80) { self.term(1) } else { String::new() };
        let inner = if depth > 0 && self.dice.percent(35) { self.with(depth - 1) } else { String::new() };
        format!("with({count}, {navigation} {term} {inner})")
    }

    fn navigation(&mut self) -> String {
        let depth = ["", "", "", "[0]", "[1]", "[2]", "[0:1]", "[1:2]", "[0:]", "[1:]", "[2..3]", "[2,]"];
        let depth = self.dice.word(&depth);
        match self.dice.below(8) {
            0 => {
                let (inbound, outbound) = (self.edge_types(), self.edge_types());
                let depth = if depth.is_empty() { "[1:1]".to_owned() } else { depth };
                format!("<-{inbound}{depth}{outbound}->")
            }
            1 => format!("<-{depth}->"),
            2 => format!("-{}{depth}->", self.edge_types()),
            3 => format!("-{depth}{}->", self.edge_types()),
            4 => format!("<-{}{depth}-", self.edge_types()),
            5 => format!("<-{depth}-"),
            6 if self.dice.percent(50) => {
                let filter =
                    ["edge_type == delete", "not type = delete", "type in [iam, delete] or edge_type != iam", "all"];
                format!("-{depth}{{{}}}->", self.dice.word(&filter))
            }
            _ => format!("-{depth}->"),
        }
    }

    fn edge_types(&mut self) -> String {
        self.dice.word(&["default", "delete", "delete", "iam", "default,delete", "iam,default"])
    }

    fn aggregate(&mut self) -> String {
        let groups: Vec<String> = (0..self.dice.below(4)).map(|number| self.group(number)).collect();
        let functions: Vec<String> = (0..self.dice.within(1, 3)).map(|number| self.function(number)).collect();
        let groups = if groups.is_empty() { String::new() } else { format!("{}: ", groups.join(", ")) };
        format!("aggregate({groups}{})", functions.join(", "))
    }

    fn group(&mut self, number: usize) -> String {
        let group = match self.dice.below(10) {
            0 => {
                let (first, second) = (self.group_path(), self.group_path());
                format!("\"{}{{{first}}} - {{{second}}}\"", self.dice.word(&["", "x:"]))
            }
            _ => self.group_path(),
        };
        if self.dice.percent(85) { format!("{group} as g{number}") } else { group }
    }

    fn group_path(&mut self) -> String {
        match self.dice.below(10) {
            0 => self.dice.word(&NUMBERS),
            1 => self.dice.word(&BOOLEANS),
            2 => self.dice.word(&TIMES),
            3 => self.dice.word(&AGES),
            4 => self.dice.word(&WHOLE),
            5 | 6 => self.dice.word(&[
                "l[*]",
                "os[*].k",
                "os[*].v",
                "os[*].in[*].c",
                "os[*].in[*].d",
                "m[*]",
                "/reported.l[*]",
            ]),
            _ => self.dice.word(&WORDS),
        }
    }

    fn function(&mut self, number: usize) -> String {
        let function = self.dice.word(&["sum", "sum", "count", "min", "max", "avg", "stddev", "variance"]);
        let operand = self.expression(2);
        let name = if self.dice.percent(85) { format!(" as f{number}") } else { String::new() };
        format!("{function}({operand}){name}")
    }

    fn expression(&mut self, depth: usize) -> String {
        if depth == 0 || self.dice.percent(55) {
            return match self.dice.below(10) {
                0 | 1 => self.dice.word(&["1", "1024", "0.5", "-3", "0"]),
                2 => self.dice.word(&SEVERAL),
                3 => self.dice.word(&AGES),
                4 => self.dice.word(&WORDS),
                _ => self.dice.word(&NUMBERS),
            };
        }
        let mut text = self.operand(depth);
        for _ in 0..self.dice.within(1, 2) {
            text += &format!(" {} {}", self.dice.word(&["+", "-", "*", "/", "%"]), self.operand(depth));
        }
        text
    }

    fn operand(&mut self, depth: usize) -> String {
        if self.dice.percent(30) { format!("({})", self.expression(depth - 1)) } else { self.expression(0) }
    }
}

/// A text as a query writes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
