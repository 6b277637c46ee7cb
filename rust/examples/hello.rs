// SPDX-License-Identifier: Apache-2.0
//! Run it in two terminals: each tells how many came before it. The memory goes with the last one.
use std::sync::atomic::{AtomicU64, Ordering};

fn main() -> Result<(), coview::Error> {
    let memory = coview::Mapping::open_or_create("MySharedMem", 4096)?;
    let view = memory.map()?;
    let lock = coview::Mutex::open_or_create("MySharedMem.lock")?;
    {
        let guard = lock.lock()?;
        if guard.abandoned() {
            view.write(0, &0u64)?;
        }
        let number = view.get::<AtomicU64>(0)?.fetch_add(1, Ordering::Relaxed);
        println!("{number} came before me; Enter ends this");
    }
    let _ = std::io::stdin().read_line(&mut String::new());
    Ok(())
}
