//! Routes workflow activations to host threads: all activations of one run go to one queue.
//!
//! Each host thread keeps the state of the runs it has seen, so a run stays with its queue from its first activation
//! until the completion of its eviction. This file keeps the books only; it knows nothing of core.

use crate::{bridge::invariant::invariant, worker::activations::Activation};
use std::collections::HashMap;

/// Names an attached queue; never used twice.
pub type RouteId = u64;

struct Route<S> {
    id: RouteId,
    sink: S,
    runs: usize,
}

struct Run {
    route: RouteId,
    /// An activation was handed over and not completed.
    in_flight: bool,
    /// That activation evicts the run.
    evicting: bool,
}

/// The runs of a host thread that went away.
#[derive(Debug, Default, PartialEq)]
pub struct Orphans {
    /// Runs with an activation that nobody will complete.
    pub unanswered: Vec<String>,
    /// Runs with an eviction that nobody will confirm.
    pub evicting: Vec<String>,
    /// Runs that are only cached.
    pub idle: Vec<String>,
}

/// The destination of an activation.
pub enum Target<'a, S> {
    /// To this queue.
    Sink(&'a S),
    /// Nowhere: it is for a run that no host thread holds, and does not start it.
    Unknown,
    /// Nowhere yet: no queue is attached.
    NoRoute,
}

/// The table of runs and queues. `S` receives the activations of a queue.
pub struct WorkflowRouter<S> {
    next_id: RouteId,
    routes: Vec<Route<S>>,
    runs: HashMap<String, Run>,
}

impl<S> Default for WorkflowRouter<S> {
    fn default() -> Self {
        Self {
            next_id: 1,
            routes: Vec::new(),
            runs: HashMap::new(),
        }
    }
}

impl<S> WorkflowRouter<S> {
    /// Adds a queue.
    pub fn attach(&mut self, sink: S) -> RouteId {
        let id = self.next_id;
        self.next_id += 1;
        self.routes.push(Route { id, sink, runs: 0 });
        id
    }

    /// Removes a queue, and forgets the runs that it held.
    pub fn detach(&mut self, id: RouteId) -> Orphans {
        self.routes.retain(|route| route.id != id);
        let mut orphans = Orphans::default();
        self.runs.retain(|run_id, run| {
            if run.route != id {
                return true;
            }
            let left_behind = match (run.in_flight, run.evicting) {
                (true, true) => &mut orphans.evicting,
                (true, false) => &mut orphans.unanswered,
                (false, _) => &mut orphans.idle,
            };
            left_behind.push(run_id.clone());
            false
        });
        orphans
    }

    /// Picks the queue for an activation. The activation counts as handed over.
    pub fn route(&mut self, run_id: &str, kind: Activation) -> Target<'_, S> {
        let evicting = kind == Activation::Eviction;
        let known = self.runs.get_mut(run_id).map(|run| {
            run.in_flight = true;
            run.evicting = evicting;
            run.route
        });
        let id = match known {
            Some(id) => id,
            None if kind != Activation::Start => return Target::Unknown,
            None => {
                let Some(least) = self.routes.iter_mut().min_by_key(|route| route.runs) else {
                    return Target::NoRoute;
                };
                least.runs += 1;
                let run = Run {
                    route: least.id,
                    in_flight: true,
                    evicting: false,
                };
                self.runs.insert(run_id.to_owned(), run);
                least.id
            }
        };
        match self.routes.iter().find(|route| route.id == id) {
            Some(route) => Target::Sink(&route.sink),
            None => {
                invariant!(false, "a queue that is detached takes its runs along");
                Target::NoRoute
            }
        }
    }

    /// Records that the host completed the run's activation. Forgets an evicted run.
    pub fn completed(&mut self, run_id: &str) {
        let Some(run) = self.runs.get_mut(run_id) else {
            return;
        };
        if !run.evicting {
            run.in_flight = false;
            return;
        }
        let id = run.route;
        self.runs.remove(run_id);
        if let Some(route) = self.routes.iter_mut().find(|route| route.id == id) {
            invariant!(route.runs > 0, "a queue counts the runs that it holds");
            route.runs -= 1;
        }
    }

    /// Every attached queue.
    pub fn sinks(&self) -> impl Iterator<Item = &S> {
        self.routes.iter().map(|route| &route.sink)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Activation::{Eviction, Start, Work};

    fn sink<'a>(
        router: &'a mut WorkflowRouter<&'static str>,
        run: &str,
        kind: Activation,
    ) -> &'a str {
        match router.route(run, kind) {
            Target::Sink(sink) => sink,
            Target::Unknown => "nobody",
            Target::NoRoute => "no route",
        }
    }

    #[test]
    fn a_run_stays_with_its_queue_until_its_eviction_is_completed() {
        let mut router = WorkflowRouter::default();
        router.attach("a");
        router.attach("b");
        let first = sink(&mut router, "run", Start).to_owned();
        router.completed("run");
        let other = if first == "a" { "b" } else { "a" };
        assert_eq!(sink(&mut router, "another", Start), other);
        assert_eq!(sink(&mut router, "run", Work), first);
        router.completed("run");
        assert_eq!(sink(&mut router, "run", Eviction), first);
        router.completed("run");
        assert_eq!(sink(&mut router, "run", Eviction), "nobody");
        // Its place is free again: the next run goes there.
        assert_eq!(sink(&mut router, "third", Start), first);
    }

    #[test]
    fn without_a_queue_there_is_no_route() {
        let mut router = WorkflowRouter::<&str>::default();
        assert_eq!(sink(&mut router, "run", Start), "no route");
        let id = router.attach("a");
        assert_eq!(sink(&mut router, "run", Start), "a");
        router.detach(id);
        assert_eq!(router.sinks().count(), 0);
        assert_eq!(sink(&mut router, "run", Start), "no route");
    }

    #[test]
    fn a_queue_that_goes_leaves_its_runs_as_orphans() {
        let mut router = WorkflowRouter::default();
        let id = router.attach("a");
        sink(&mut router, "idle", Start);
        router.completed("idle");
        sink(&mut router, "unanswered", Start);
        sink(&mut router, "evicting", Start);
        router.completed("evicting");
        sink(&mut router, "evicting", Eviction);
        router.attach("b");
        sink(&mut router, "kept", Start);
        let orphans = router.detach(id);
        assert_eq!(
            orphans,
            Orphans {
                unanswered: vec!["unanswered".into()],
                evicting: vec!["evicting".into()],
                idle: vec!["idle".into()],
            }
        );
        // Core may have had work for it before it heard that the run is to be evicted.
        assert_eq!(sink(&mut router, "idle", Work), "nobody");
        assert_eq!(sink(&mut router, "idle", Eviction), "nobody");
        assert_eq!(sink(&mut router, "idle", Start), "b");
        assert_eq!(sink(&mut router, "kept", Start), "b");
    }

    /// Numbers that are the same in each run of the test.
    struct Random(u64);

    impl Random {
        fn below(&mut self, end: usize) -> usize {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (self.0 >> 33) as usize % end
        }
    }

    /// The state of a run as the rules have it: its queue, and its activation if one is out, evicting or not.
    type Model = HashMap<String, (RouteId, Option<bool>)>;

    /// Detaches a queue from both, which must leave the same behind.
    fn detach(router: &mut WorkflowRouter<RouteId>, model: &mut Model, id: RouteId) {
        let mut expected = Orphans::default();
        model.retain(|run, (route, out)| {
            if *route != id {
                return true;
            }
            match out {
                Some(true) => expected.evicting.push(run.clone()),
                Some(false) => expected.unanswered.push(run.clone()),
                None => expected.idle.push(run.clone()),
            }
            false
        });
        let mut orphans = router.detach(id);
        for list in [&mut orphans, &mut expected] {
            list.evicting.sort();
            list.unanswered.sort();
            list.idle.sort();
        }
        assert_eq!(orphans, expected);
    }

    /// Hands an activation over to both, which must give it to the same queue.
    fn activate(
        router: &mut WorkflowRouter<RouteId>,
        model: &mut Model,
        attached: &[RouteId],
        run: &str,
        kind: Activation,
    ) {
        let runs = |id: &RouteId| model.values().filter(|(route, _)| route == id).count();
        let loads: HashMap<RouteId, usize> = attached.iter().map(|id| (*id, runs(id))).collect();
        match (router.route(run, kind), model.get_mut(run)) {
            (Target::Sink(id), Some((route, out))) => {
                assert_eq!(id, route, "a run stays with its queue");
                *out = Some(kind == Eviction);
            }
            (Target::Sink(id), None) => {
                assert_eq!(kind, Start, "nobody holds the run");
                assert_eq!(loads.get(id), loads.values().min(), "where the fewest are");
                model.insert(run.to_owned(), (*id, Some(false)));
            }
            (Target::Unknown, None) => assert_ne!(kind, Start),
            (Target::NoRoute, None) => assert!(attached.is_empty() && kind == Start),
            (Target::Unknown | Target::NoRoute, Some(_)) => panic!("a run lost its queue"),
        }
    }

    #[test]
    fn it_does_what_the_rules_say_in_any_order() {
        for seed in 0..200 {
            let mut random = Random(seed);
            let mut router = WorkflowRouter::default();
            let mut model = Model::new();
            let mut attached = Vec::new();
            for _ in 0..300 {
                let run = format!("run {}", random.below(12));
                match random.below(10) {
                    0 if attached.len() < 4 => {
                        let id = router.next_id;
                        assert_eq!(router.attach(id), id);
                        attached.push(id);
                    }
                    1 if !attached.is_empty() => {
                        let id = attached.swap_remove(random.below(attached.len()));
                        detach(&mut router, &mut model, id);
                    }
                    2..6 => {
                        router.completed(&run);
                        match model.get_mut(&run) {
                            Some((_, Some(true))) => drop(model.remove(&run)),
                            Some((_, out)) => *out = None,
                            None => {}
                        }
                    }
                    // Core has one activation of a run out at a time.
                    _ if matches!(model.get(&run), Some((_, Some(_)))) => {}
                    choice => {
                        let kind = [Start, Work, Eviction][choice % 3];
                        activate(&mut router, &mut model, &attached, &run, kind);
                    }
                }
                assert_eq!(router.sinks().count(), attached.len());
                assert_eq!(router.runs.len(), model.len());
            }
        }
    }
}
