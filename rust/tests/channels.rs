// SPDX-License-Identifier: Apache-2.0
mod support;

use std::io::ErrorKind;
use std::sync::atomic::Ordering;
use std::time::Duration;

use coview::{
    plain_struct, wait_any, Queue, QueueOf, QueueOptions, Since, Slow, Topic, TopicOf, TopicOptions, TypeTag,
};
use support::{given, tell_and_wait, unique, Part};

const NO_TIME: Duration = Duration::ZERO;

plain_struct! {
    #[derive(Debug, PartialEq)]
    struct Reading {
        number: u64,
        celsius: f64,
    }
}

#[test]
fn a_queue_gives_each_message_to_one_receiver_in_order() {
    let name = unique("queue");
    let queue = Queue::create(&name, &QueueOptions::capacity(1 << 16)).unwrap();
    let same = Queue::open(&name).unwrap();
    assert!(queue.was_created() && !same.was_created());
    assert_eq!((queue.capacity(), queue.largest()), (1 << 16, 1 << 14));
    queue.send(b"one").unwrap();
    queue.send(b"").unwrap();
    assert_eq!(same.depth(), 2);
    let message = same.receive().unwrap();
    assert_eq!((message.to_vec(), message.sequence(), message.deaths()), (b"one".to_vec(), 0, 0));
    assert!(!message.is_redelivered());
    assert_eq!(message.bytes()[2].load(Ordering::Relaxed), b'e');
    // SAFETY: nobody writes to a published message.
    assert_eq!(unsafe { message.as_slice() }, b"one");
    let empty = queue.try_receive().unwrap().unwrap();
    assert!(empty.is_empty() && empty.bytes().is_empty() && empty.to_vec().is_empty());
    assert!(queue.try_receive().unwrap().is_none());
    assert!(queue.receive_timeout(Duration::from_millis(1)).unwrap().is_none());
    assert_eq!(queue.send(&vec![0; 1 << 15]).unwrap_err().code(), 90);
    drop((queue, same)); // messages may outlive them
    assert_eq!(message.to_vec(), b"one");
    // Sent to another thread, which deals with it.
    std::thread::spawn(move || assert_eq!(message.len(), 3)).join().unwrap();
    assert_eq!(Queue::open(&unique("no queue")).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_slot_is_filled_in_place() {
    let queue = Queue::create(&unique("slots"), &QueueOptions::capacity(1 << 16).messages(4)).unwrap();
    let mut slot = queue.loan(100).unwrap();
    assert_eq!(slot.len(), 100);
    slot.copy_from(0, b"abc").unwrap();
    slot.bytes()[3].store(b'd', Ordering::Relaxed);
    slot.write(4, &0x6867_6665_u32).unwrap();
    assert_eq!(slot.write(97, &0_u32).unwrap_err().code(), 34);
    // SAFETY: nobody else has this slot.
    let bytes = unsafe { slot.as_mut_slice() };
    bytes[8] = b'i';
    slot.publish_part(9).unwrap();
    assert_eq!(queue.receive().unwrap().to_vec(), b"abcdefghi");
    let slot = queue.loan_timeout(8, NO_TIME).unwrap().unwrap();
    assert_eq!(slot.publish_part(9).unwrap_err().code(), 75);
    queue.loan(0).unwrap().publish().unwrap();
    assert!(queue.receive().unwrap().is_empty());
}

#[test]
fn a_full_queue_says_so() {
    let queue = Queue::create(&unique("full"), &QueueOptions::capacity(1 << 12).messages(2)).unwrap();
    while queue.try_send(&[7; 8]).unwrap() {}
    assert!(!queue.send_timeout(&[7; 8], Duration::from_millis(1)).unwrap());
    let slot = queue.loan(8).unwrap();
    let slot = slot.publish_timeout(8, NO_TIME).unwrap().expect_err("no place is free");
    drop(queue.receive().unwrap());
    assert!(slot.publish_timeout(8, NO_TIME).unwrap().is_ok());
}

#[test]
fn what_a_killed_receiver_had_comes_again() {
    let name = unique("redelivered");
    let queue = Queue::create(&name, &QueueOptions::capacity(1 << 16)).unwrap();
    queue.send(b"poison").unwrap();
    let mut part = Part::start("part_that_receives", &name);
    assert_eq!(part.told(), "poison");
    assert!(queue.try_receive().unwrap().is_none());
    part.kill();
    let again = queue.receive().unwrap();
    assert_eq!((again.to_vec(), again.deaths(), again.is_redelivered()), (b"poison".to_vec(), 1, true));
}

#[test]
#[ignore = "is started by another test"]
fn part_that_receives() {
    let name = match given() {
        Some(name) => name,
        None => return,
    };
    let message = Queue::open(&name).unwrap().receive().unwrap();
    tell_and_wait(std::str::from_utf8(&message.to_vec()).unwrap());
}

#[test]
fn every_subscriber_sees_every_message() {
    let name = unique("topic");
    let topic = Topic::create(&name, &TopicOptions::capacity(1 << 16)).unwrap();
    assert!(topic.latest().unwrap().is_none());
    let publisher = topic.publisher().unwrap();
    publisher.publish(b"first").unwrap();
    let same = Topic::open(&name).unwrap();
    let oldest = same.subscribe(Since::Oldest, Slow::Lags).unwrap();
    let now = same.subscribe(Since::Now, Slow::Lags).unwrap();
    drop((topic, same)); // publishers and subscriptions may outlive them
    let large = vec![9; 1000];
    let slot = publisher.loan(1000).unwrap();
    slot.copy_from(0, &large).unwrap();
    slot.publish().unwrap();
    assert_eq!(oldest.receive().unwrap().to_vec(), b"first");
    let in_place = oldest.receive_timeout(NO_TIME).unwrap().unwrap();
    assert_eq!((in_place.to_vec(), in_place.sequence(), in_place.lost()), (large.clone(), 1, 0));
    assert_eq!(now.try_receive().unwrap().unwrap().to_vec(), large);
    assert!(now.try_receive().unwrap().is_none());
    drop((oldest, publisher));
    assert_eq!(in_place.to_vec(), large);
}

#[test]
fn a_slow_subscriber_is_told_what_it_lost() {
    let topic = Topic::create(&unique("slow"), &TopicOptions::capacity(1 << 12).messages(8)).unwrap();
    let subscription = topic.subscribe(Since::Now, Slow::Lags).unwrap();
    let publisher = topic.publisher().unwrap();
    for i in 0..100_u32 {
        publisher.publish_value(&i).unwrap();
    }
    assert_eq!(topic.published(), 100);
    let first = subscription.receive().unwrap();
    assert!(first.lost() > 0);
    assert_eq!(u64::from(first.read::<u32>().unwrap()), first.lost());
    assert_eq!((subscription.lost(), subscription.blocks()), (first.lost(), false));
    let rest = subscription.take(7).map(|message| message.unwrap().read::<u32>().unwrap());
    assert_eq!(rest.last(), Some(first.lost() as u32 + 7));
    assert_eq!(topic.subscribe(Since::Now, Slow::Blocks).unwrap_err().kind(), ErrorKind::PermissionDenied);
}

#[test]
fn publishers_wait_for_who_blocks_until_it_is_evicted() {
    let options = TopicOptions::capacity(1 << 12).messages(4).subscribers_may_block(true);
    let topic = Topic::create(&unique("blocks"), &options).unwrap();
    let subscription = topic.subscribe(Since::Now, Slow::Blocks).unwrap();
    let publisher = topic.publisher().unwrap();
    assert!(subscription.blocks());
    while publisher.publish_timeout(b"more", NO_TIME).unwrap() {}
    assert_eq!(topic.evict().unwrap(), 1);
    assert!(!subscription.blocks());
    assert!(publisher.publish_timeout(b"more", NO_TIME).unwrap());
}

#[test]
fn typed_channels_carry_values_and_refuse_other_types() {
    let name = unique("typed");
    let readings = TopicOf::<Reading>::open_or_create(&name, "reading", 4).unwrap();
    assert_eq!(readings.latest().unwrap(), None);
    let subscription = readings.subscribe(Since::Now).unwrap();
    readings.publisher().unwrap().publish(&Reading { number: 1, celsius: -0.5 }).unwrap();
    let expected = Reading { number: 1, celsius: -0.5 };
    assert_eq!(readings.latest().unwrap(), Some(expected));
    let message = subscription.receive().unwrap();
    assert_eq!(message.read::<Reading>().unwrap(), expected);
    assert_eq!(message.read::<u64>().unwrap_err().code(), 74);
    assert!(Topic::open_as(&name, &TypeTag::of::<Reading>("reading")).is_ok());
    assert_eq!(Topic::open_as(&name, &TypeTag::new("reading", 16, 2)).unwrap_err().code(), 22);
    assert_eq!(TopicOf::<[u64; 2]>::open_or_create(&name, "pair", 4).unwrap_err().code(), 22);
    let second = TopicOf::<Reading>::open_or_create_version(&name, "reading", 2, 4);
    assert_eq!(second.unwrap_err().code(), 22);
    assert_eq!(readings.topic().name(), name);

    let name = unique("typed queue");
    let queue = QueueOf::<Reading>::open_or_create(&name, "reading", &QueueOptions::capacity(4096)).unwrap();
    queue.send(&expected).unwrap();
    assert_eq!(queue.receive().unwrap(), expected);
    assert_eq!(queue.receive_timeout(NO_TIME).unwrap(), None);
    assert!(Queue::open_as(&name, &TypeTag::of::<Reading>("reading")).is_ok());
    assert_eq!(Queue::open_as(&name, &TypeTag::of::<Reading>("other")).unwrap_err().code(), 22);
    assert_eq!(queue.queue().depth(), 0);
}

#[test]
fn channels_are_waited_for() {
    let queue = Queue::create(&unique("waited"), &QueueOptions::capacity(4096).drop_on_death(true)).unwrap();
    let topic = Topic::create(&unique("waited topic"), &TopicOptions::capacity(4096)).unwrap();
    let subscription = topic.subscribe(Since::Now, Slow::Lags).unwrap();
    let both = [(&queue).into(), (&subscription).into()];
    assert!(wait_any(&both, Some(NO_TIME)).unwrap().is_none());
    topic.publisher().unwrap().publish(b"news").unwrap();
    assert_eq!(wait_any(&both, None).unwrap().unwrap().index, 1);
    queue.send(b"job").unwrap();
    assert_eq!(wait_any(&both, None).unwrap().unwrap().index, 0);
    use std::os::unix::io::AsRawFd;
    assert!(queue.wait_handle().unwrap().as_raw_fd() >= 0);
    assert!(subscription.wait_handle().unwrap().as_raw_fd() >= 0);
}

#[test]
fn options_that_cannot_be_are_errors() {
    assert_eq!(Queue::create(&unique("no capacity"), &QueueOptions::capacity(0)).unwrap_err().code(), 22);
    let alone = TopicOptions::capacity(4096).participants(1);
    assert_eq!(Topic::create(&unique("alone"), &alone).unwrap_err().code(), 22);
    let name = unique("kept");
    let options = QueueOptions::capacity(4096).permanent(true).mode(0o660).participants(2).lock_in_memory(false);
    Queue::create(&name, &options).unwrap().send(b"kept").unwrap();
    let seen = coview::stat(&name).unwrap();
    assert_eq!((seen.mode, seen.kind, seen.state), (0o660, coview::Kind::Queue, coview::State::Permanent));
    assert_eq!(Queue::open(&name).unwrap().receive().unwrap().to_vec(), b"kept");
    coview::remove(&name).unwrap();
}
