// SPDX-License-Identifier: Apache-2.0
//! What calls cost in Rust; see run.
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use coview::{Event, Mapping, Mutex, Queue, QueueOptions, Reset};

/// The best of ten rounds, in nanoseconds a time.
fn measure(what: &str, times: u32, mut deed: impl FnMut()) {
    let round = |_| {
        let begin = Instant::now();
        (0..times).for_each(|_| deed());
        begin.elapsed().as_nanos() as f64 / f64::from(times)
    };
    println!("{what} {:.0}", (0..10).map(round).fold(f64::INFINITY, f64::min));
}

fn main() -> coview::Result<()> {
    let memory = Mapping::create("costs", 4096)?;
    let view = memory.map()?;
    let mutex = Mutex::create("costs.lock")?;
    let event = Event::create("costs.event", Reset::Automatic, false)?;
    measure("create", 500, || drop(Mapping::create("costs.new", 4096).unwrap()));
    measure("open", 500, || drop(Mapping::open("costs").unwrap()));
    measure("map", 2000, || drop(memory.map().unwrap()));
    measure("lock", 100_000, || drop(mutex.lock().unwrap()));
    measure("signal", 100_000, || {
        event.set().unwrap();
        event.wait().unwrap();
    });
    let queue = Queue::create("costs.queue", &QueueOptions::capacity(1 << 16))?;
    measure("send", 100_000, || {
        queue.send(&[0; 64]).unwrap();
        drop(queue.receive().unwrap());
    });
    let number = view.get::<AtomicU64>(0)?;
    measure("add", 1_000_000, || {
        number.fetch_add(1, Ordering::SeqCst);
    });
    Ok(())
}
