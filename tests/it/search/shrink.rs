//! Shrinking: the smallest world and query of which something still holds.

use cloudgauge::search::ast::{Aggregate, Expression, Part, Search, Term, With};

use super::world::Description;

type Holds<'a> = &'a dyn Fn(&Description, &Search) -> bool;

/// Takes away one thing after the other for as long as the rest still holds.
pub(crate) fn smallest(mut description: Description, mut search: Search, holds: Holds<'_>) -> (Description, Search) {
    loop {
        if let Some(smaller) = searches(&search).into_iter().find(|smaller| holds(&description, smaller)) {
            search = smaller;
        } else if let Some(smaller) = descriptions(&description).into_iter().find(|smaller| holds(smaller, &search)) {
            description = smaller;
        } else {
            return (description, search);
        }
    }
}

fn descriptions(description: &Description) -> Vec<Description> {
    let mut smaller = Vec::new();
    for position in 0..description.links.len() {
        let mut less = description.clone();
        less.links.remove(position);
        smaller.push(less);
    }
    for position in 0..description.resources.len() {
        let mut less = description.clone();
        less.resources.remove(position);
        less.links.retain(|link| link.holder != position && link.other != position);
        for link in &mut less.links {
            link.holder -= usize::from(link.holder > position);
            link.other -= usize::from(link.other > position);
        }
        smaller.push(less);
    }
    for position in 0..description.resources.len() {
        let resource = &description.resources[position].resource;
        for name in resource.properties.keys() {
            let mut less = description.clone();
            less.resources[position].resource.properties.remove(name);
            smaller.push(less);
        }
        for name in resource.tags.keys() {
            let mut less = description.clone();
            less.resources[position].resource.tags.remove(name);
            smaller.push(less);
        }
    }
    smaller
}

fn searches(search: &Search) -> Vec<Search> {
    let mut smaller = Vec::new();
    for position in 0..search.parts.len() {
        if search.parts.len() > 1 {
            let mut less = search.clone();
            less.parts.remove(position);
            smaller.push(less);
        }
        for part in parts(&search.parts[position], position + 1 == search.parts.len()) {
            let mut less = search.clone();
            less.parts[position] = part;
            smaller.push(less);
        }
    }
    if !search.edge_types.is_empty() {
        smaller.push(Search { edge_types: Vec::new(), ..search.clone() });
    }
    if let Some(aggregate) = &search.aggregate {
        smaller.push(Search { aggregate: None, ..search.clone() });
        for less in aggregates(aggregate) {
            smaller.push(Search { aggregate: Some(less), ..search.clone() });
        }
    }
    // Only the last part may do without a navigation.
    smaller.retain(|search| {
        let (_, others) = search.parts.split_last().expect("a search has a part");
        others.iter().all(|part| part.navigation.is_some())
    });
    smaller
}

fn parts(part: &Part, last: bool) -> Vec<Part> {
    let mut smaller: Vec<Part> = terms(&part.term).into_iter().map(|term| Part { term, ..part.clone() }).collect();
    if part.merge.is_some() {
        smaller.push(Part { merge: None, ..part.clone() });
    }
    if let Some(with) = &part.with {
        smaller.push(Part { with: None, ..part.clone() });
        smaller.extend(withs(with).into_iter().map(|with| Part { with: Some(with), ..part.clone() }));
    }
    if part.tag.is_some() {
        smaller.push(Part { tag: None, ..part.clone() });
    }
    for position in 0..part.sort.len() {
        let mut less = part.clone();
        less.sort.remove(position);
        smaller.push(less);
    }
    if part.limit.is_some() {
        smaller.push(Part { limit: None, ..part.clone() });
    }
    if part.reversed {
        smaller.push(Part { reversed: false, ..part.clone() });
    }
    if part.navigation.is_some() && last {
        smaller.push(Part { navigation: None, ..part.clone() });
    }
    smaller
}

fn withs(with: &With) -> Vec<With> {
    let mut smaller: Vec<With> = terms(&with.term).into_iter().map(|term| With { term, ..with.clone() }).collect();
    if let Some(inner) = &with.with {
        smaller.push(With { with: None, ..with.clone() });
        smaller.extend(withs(inner).into_iter().map(|inner| With { with: Some(Box::new(inner)), ..with.clone() }));
    }
    smaller
}

fn terms(term: &Term) -> Vec<Term> {
    let mut smaller = Vec::new();
    match term {
        Term::All => {}
        Term::Not(inner) => {
            smaller.push((**inner).clone());
            smaller.extend(terms(inner).into_iter().map(|term| Term::Not(Box::new(term))));
        }
        Term::Context { path, term } => {
            smaller.push(Term::All);
            let of = |term| Term::Context { path: path.clone(), term: Box::new(term) };
            smaller.extend(terms(term).into_iter().map(of));
        }
        Term::Chain { first, rest } => {
            smaller.push((**first).clone());
            smaller.extend(rest.iter().map(|(_, term)| term.clone()));
            for position in 0..rest.len() {
                if rest.len() > 1 {
                    let mut less = rest.clone();
                    less.remove(position);
                    smaller.push(Term::Chain { first: first.clone(), rest: less });
                }
                for term in terms(&rest[position].1) {
                    let mut less = rest.clone();
                    less[position].1 = term;
                    smaller.push(Term::Chain { first: first.clone(), rest: less });
                }
            }
            for term in terms(first) {
                smaller.push(Term::Chain { first: Box::new(term), rest: rest.clone() });
            }
        }
        _ => smaller.push(Term::All),
    }
    smaller
}

fn aggregates(aggregate: &Aggregate) -> Vec<Aggregate> {
    let mut smaller = Vec::new();
    for position in 0..aggregate.groups.len() {
        let mut less = aggregate.clone();
        less.groups.remove(position);
        smaller.push(less);
    }
    for position in 0..aggregate.functions.len() {
        if aggregate.functions.len() > 1 {
            let mut less = aggregate.clone();
            less.functions.remove(position);
            smaller.push(less);
        }
        if let Expression::Sum { first, .. } | Expression::Product { first, .. } =
            &aggregate.functions[position].operand.node
        {
            let mut less = aggregate.clone();
            less.functions[position].operand.node = (**first).clone();
            smaller.push(less);
        }
    }
    smaller
}
