// SPDX-License-Identifier: Apache-2.0
package coview;

/**
 * A {@link Mutex}, {@link Event}, {@link Semaphore}, {@link Timer}, {@link Queue} or {@link Subscription}, for {@link
 * Wait}. A queue and a subscription are there while they have a message; a wait takes none of it.
 */
public sealed interface Waitable permits Mutex, Event, Semaphore, Timer, Queue, Subscription {}
