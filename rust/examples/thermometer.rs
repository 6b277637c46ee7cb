// SPDX-License-Identifier: Apache-2.0
//! Reads what examples/thermometer.c measures, in whichever order the two are started.
use coview::{plain_struct, Event, Reset, Since, TopicOf};

plain_struct! {
    /// As in the C program.
    pub struct Reading {
        pub number: u64,
        pub celsius: f64,
    }
}

fn main() -> Result<(), coview::Error> {
    let readings = TopicOf::<Reading>::open_or_create_version("thermometer", "reading", 1, 64)?;
    let read = Event::open_or_create("thermometer.read", Reset::Manual, false)?;
    for message in readings.subscribe(Since::Oldest)? {
        let reading: Reading = message?.read()?;
        println!("{}: {:.1} degrees", reading.number, reading.celsius);
        if reading.number == 9 {
            break;
        }
    }
    read.set()
}
