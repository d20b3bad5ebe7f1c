//! What happens to machines: crashes, freezes, clocks, outages.

use super::*;

impl World {
    /// What happens to machines.
    pub(super) fn befalls(&mut self, deed: Deed) -> bool {
        match deed {
            Deed::Crashes {
                node,
                when,
                back_after,
            } => match when {
                When::Now => self.dies(node, back_after),
                When::BeforeSend | When::BeforeRecord => self.nodes[node]
                    .blows
                    .push((when, Blow::Dies { back_after })),
                When::BeforeWrite(_) | When::AfterWrite(_) => {
                    self.edges.arm(node, when, back_after);
                }
            },
            Deed::Freezes { node, when, lasts } => match when {
                When::BeforeSend | When::BeforeRecord => {
                    self.nodes[node].blows.push((when, Blow::Freezes { lasts }));
                }
                _ => self.freezes(node, lasts),
            },
            Deed::ClockJumps { node, by_ms, lasts } => self.clock_jumps(node, by_ms, lasts),
            Deed::WallJumps { node, by_s } => {
                self.note(format!(
                    "node {node}'s machine puts its clock off by {by_s} s"
                ));
                let clock = &self.nodes[node].clock;
                let wall = clock.wall().micros() + by_s * 1_000_000;
                clock.put_to(At::from_micros(wall));
            }
            Deed::Outage {
                channel,
                how,
                lasts,
            } => {
                self.note(format!("{channel} is out: {how:?}, {lasts:?}"));
                self.outages.push((channel, how, self.now.plus(lasts)));
            }
            _ => return false,
        }
        true
    }

    pub(super) fn clock_jumps(&mut self, node: usize, by_ms: i64, lasts: Duration) {
        self.note(format!("node {node}'s clock jumps by {by_ms} ms"));
        self.nodes[node].off_ms += by_ms;
        self.nodes[node].compared_at = self.nodes[node].compared_at.or(Some(self.now));
        let off_s = self.nodes[node].off_ms.unsigned_abs().div_ceil(1_000);
        self.memory.most_off_s = self.memory.most_off_s.max(off_s);
        // Alone it has no other clock to go by; a node finds out within ten seconds.
        let until = if self.db.is_alone() {
            lasts + Duration::from_secs(1)
        } else {
            Duration::from_secs(12)
        };
        self.memory
            .unknown_offs
            .push((self.now, Some(self.now.plus(until))));
        self.after(lasts, Event::ClockMended(node, by_ms));
    }
}
