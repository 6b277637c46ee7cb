// SPDX-License-Identifier: Apache-2.0
/**
 * Named memory, locks and messages that several processes see at once.
 *
 * All that may take a while is a promise: nothing here blocks the event loop for more than a millisecond. Times are
 * milliseconds. What failed is an Error with `code` ("ENOENT"), `errno`, and a sentence that says what helps.
 */

declare global {
  interface SymbolConstructor {
    /** For `await using`, where the language has it. */
    readonly asyncDispose: unique symbol;
  }
}

export interface Waiting {
  /** Milliseconds; left out: for ever. 0 asks without waiting. */
  timeout?: number;
  /** Ends the wait: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
}

export interface Creation {
  /** Permission bits; 0o600. */
  mode?: number;
  /** Keep the name without a handle, until `remove`. */
  permanent?: boolean;
}

/** What bytes can be: a string is UTF-8. */
export type Bytes = ArrayBuffer | ArrayBufferView | string;

/** An object with a name, which lives as long as somebody has it open. */
declare class Named {
  protected constructor();
  readonly name: string;
  /** Whether this call made it. */
  readonly created: boolean;
  /** Whether the name still leads to it. */
  readonly stillNamed: boolean;
  readonly closed: boolean;
  /** Resolves when the handle is given back. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface MappingCreation extends Creation {
  /** Take memory at the first touch. */
  reserve?: boolean;
  hugePages?: boolean;
}

export class Mapping extends Named {
  static create(name: string, size: number | bigint, options?: MappingCreation): Promise<Mapping>;
  static open(name: string, options?: { access?: 'r' | 'rw' }): Promise<Mapping>;
  static openOrCreate(name: string, size: number | bigint, options?: MappingCreation): Promise<Mapping>;
  static file(
    path: string,
    options?: { access?: 'r' | 'rw'; size?: number | bigint; name?: string; reserve?: boolean },
  ): Promise<Mapping>;
  static anonymous(size: number | bigint): Promise<Mapping>;
  readonly size: number;
  readonly writable: boolean;
  /** `length` left out: all that follows. Of a mapping that was opened to read, what is written to it stays here. */
  view(options?: { offset?: number; length?: number }): View;
  /** The same in another thread, where it may take a while: with all its memory there at once (`prefault`). */
  map(options?: { offset?: number; length?: number; prefault?: boolean }): Promise<View>;
}

/** Shared memory. It keeps its mapping's name. `buffer` is detached by `close`. */
export class View {
  private constructor();
  readonly buffer: ArrayBuffer;
  readonly bytes: Uint8Array;
  readonly length: number;
  readonly closed: boolean;
  /** Of a file: on disk when it resolves. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A mutex, owned. */
export class Lock {
  private constructor();
  /** Its last owner died with it: what it protects may be half done. */
  readonly abandoned: boolean;
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** One task of all processes owns it at a time; not recursive. It survives its owner. */
export class Mutex extends Named {
  static create(name: string, options?: Creation): Promise<Mutex>;
  static open(name: string): Promise<Mutex>;
  static openOrCreate(name: string, options?: Creation): Promise<Mutex>;
  /** Whether a task of this process has it, or waits for it, through this object. */
  readonly locked: boolean;
  lock(options?: { signal?: AbortSignal }): Promise<Lock>;
  /** null: time was up. */
  lock(options: Waiting): Promise<Lock | null>;
  /** Runs a function while it is owned. */
  with<T>(run: (lock: Lock) => T | Promise<T>, options?: Waiting): Promise<T>;
}

export interface EventCreation extends Creation {
  /** Stays set until it is cleared. */
  manual?: boolean;
  set?: boolean;
}

export class Event extends Named {
  static create(name: string, options?: EventCreation): Promise<Event>;
  static open(name: string): Promise<Event>;
  static openOrCreate(name: string, options?: EventCreation): Promise<Event>;
  readonly manual: boolean;
  set(): void;
  clear(): void;
  /** Lets those through that wait now. */
  pulse(): void;
  /** false: time was up. */
  wait(options?: Waiting): Promise<boolean>;
}

export interface SemaphoreCreation extends Creation {
  initial: number;
  maximum?: number;
}

export class Semaphore extends Named {
  static create(name: string, options: SemaphoreCreation): Promise<Semaphore>;
  static open(name: string): Promise<Semaphore>;
  static openOrCreate(name: string, options: SemaphoreCreation): Promise<Semaphore>;
  readonly count: number;
  readonly maximum: number;
  /** false: time was up. */
  acquire(options?: Waiting): Promise<boolean>;
  /** How many permits there were before. */
  release(permits?: number): number;
}

export class Timer extends Named {
  static create(name: string, options?: Creation & { manual?: boolean }): Promise<Timer>;
  static open(name: string): Promise<Timer>;
  static openOrCreate(name: string, options?: Creation & { manual?: boolean }): Promise<Timer>;
  readonly manual: boolean;
  /** Milliseconds until it is due (again); null where it does not run. */
  readonly dueIn: number | null;
  set(after: number, period?: number): void;
  /** Due at a point of the wall clock: a Date, or milliseconds since 1970. */
  setAt(when: Date | number, period?: number): void;
  cancel(): void;
  wait(options?: Waiting): Promise<boolean>;
}

export interface ChannelType {
  /** What it carries; left out: bytes, and whatever a channel has is right. */
  type?: string;
  typeSize?: number;
  typeVersion?: number;
}

export interface ChannelCreation extends Creation, ChannelType {
  messages?: number;
  participants?: number;
  lockInMemory?: boolean;
}

/** A received message, until it is released; the next turn of a `for await` releases the one before. */
export class Message {
  private constructor();
  readonly sequence: number;
  /** Of a topic: messages lost between the one before and this one. */
  readonly lost: number;
  /** Of a queue: receivers that had it before, and died with it. */
  readonly deaths: number;
  readonly redelivered: boolean;
  /** In place where it is large. To be read: others see the same memory. */
  readonly bytes: Uint8Array;
  readonly released: boolean;
  copy(): Uint8Array;
  toString(encoding?: string): string;
  /** It was dealt with. Its bytes are detached. */
  release(): void;
}

/** Memory for one message, to be filled in place. */
export class Slot {
  private constructor();
  readonly bytes: Uint8Array;
  /** Sends its first `length` bytes, all where left out. false: time was up, and it can be tried again. */
  publish(length?: number, options?: Waiting): Promise<boolean>;
  /** Gives it back unpublished. */
  release(): void;
}

declare interface Receiving extends AsyncIterable<Message> {
  /** null: time was up. */
  receive(options?: { signal?: AbortSignal }): Promise<Message>;
  receive(options: Waiting): Promise<Message | null>;
  /** For `for await`; ends where `timeout` milliseconds brought none. */
  messages(options?: Waiting): AsyncGenerator<Message, void, void>;
  [Symbol.asyncIterator](): AsyncGenerator<Message, void, void>;
}

declare interface Sending {
  /** Memory to fill in place: `send` and `publish` copy, large ones a part a turn of the event loop. null: time was up. */
  loan(size: number, options?: { signal?: AbortSignal }): Promise<Slot>;
  loan(size: number, options: Waiting): Promise<Slot | null>;
}

/** Each message goes to one receiver. */
export class Queue extends Named {
  static create(name: string, capacity: number, options?: ChannelCreation & { dropOnDeath?: boolean }): Promise<Queue>;
  static open(name: string, options?: ChannelType): Promise<Queue>;
  static openOrCreate(
    name: string,
    capacity: number,
    options?: ChannelCreation & { dropOnDeath?: boolean },
  ): Promise<Queue>;
  readonly capacity: number;
  readonly largest: number;
  readonly depth: number;
  /** false: time was up before there was room. */
  send(bytes: Bytes, options?: Waiting): Promise<boolean>;
}
export interface Queue extends Receiving, Sending {}

/** Every subscription sees every message. */
export class Topic extends Named {
  static create(
    name: string,
    capacity: number,
    options?: ChannelCreation & { subscribersMayBlock?: boolean },
  ): Promise<Topic>;
  static open(name: string, options?: ChannelType): Promise<Topic>;
  static openOrCreate(
    name: string,
    capacity: number,
    options?: ChannelCreation & { subscribersMayBlock?: boolean },
  ): Promise<Topic>;
  readonly capacity: number;
  readonly largest: number;
  /** Messages so far. */
  readonly published: number;
  publisher(): Promise<Publisher>;
  /** `await` it, or `for await (const message of topic.subscribe())`, which closes it at its end. */
  subscribe(options?: {
    from?: 'now' | 'oldest';
    slow?: 'lags' | 'blocks';
  }): Promise<Subscription> & AsyncIterable<Message>;
  /** A copy of the newest message; null where nothing was published yet. */
  latest(): Message | null;
  /** Frees the publishers from all subscribers that block, or from one, by its number in channelStatus; how many. */
  evict(participant?: number): number;
}

export class Publisher {
  private constructor();
  readonly closed: boolean;
  /** false: a subscriber that blocks left no room until time was up. */
  publish(bytes: Bytes, options?: Waiting): Promise<boolean>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
export interface Publisher extends Sending {}

export class Subscription {
  private constructor();
  readonly closed: boolean;
  /** Messages lost so far. */
  readonly lost: number;
  /** Whether publishers still wait for it. */
  readonly blocks: boolean;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}
export interface Subscription extends Receiving {}

export type Waitable = Mutex | Event | Semaphore | Timer | Queue | Subscription;

/**
 * Takes the first of 1 to 64 objects that is there; null: time was up. Of a queue or subscription nothing is taken: it
 * has a message. One Mutex at most, which is owned then: `lock`.
 */
export function waitAny(
  objects: Iterable<Waitable>,
  options?: Waiting,
): Promise<{ index: number; abandoned: boolean; lock?: Lock } | null>;
/** Takes all of them at the moment when all are there. */
export function waitAll(objects: Iterable<Waitable>, options?: Waiting): Promise<{ abandoned: boolean; lock?: Lock } | null>;

export type Kind = 'mapping' | 'mutex' | 'event' | 'semaphore' | 'queue' | 'topic' | 'timer' | '?';

export interface ObjectInfo {
  name: string;
  kind: Kind;
  state: 'held' | 'permanent' | 'unreadable' | 'incompatible' | '?';
  mode: number;
  size: number;
  resident: number;
  /** At least; exactly, where `handlesKnown`. */
  handles: number;
  handlesKnown: boolean;
  owner: number;
  creator: number;
  created: Date;
  global: boolean;
  permanent: boolean;
  file: string;
  target: string;
  problem: string;
}

export interface Holders {
  processes: { pid: number; user?: number; command: string }[];
  /** Somebody has a handle, seen or not. */
  held: boolean;
  /** `processes` accounts for every handle. */
  complete: boolean;
}

export interface ChannelStatus {
  kind: 'queue' | 'topic';
  capacity: number;
  largest: number;
  mostMessages: number;
  mostParticipants: number;
  sent: number;
  depth: number;
  toRedeliver: number;
  redelivered: number;
  dropped: number;
  lost: number;
  type: string;
  typeSize: number;
  typeVersion: number;
  participants: {
    number: number;
    role: 'queue' | 'publisher' | 'subscriber' | '?';
    process: number;
    user: number;
    held: number;
    received: number;
    lost: number;
    lag: number;
    alive: boolean;
    blocks: boolean;
    holdsBack: boolean;
  }[];
}

/** All objects that exist. */
export function list(): Promise<ObjectInfo[]>;
export function stat(name: string): Promise<ObjectInfo>;
/** The processes that hold an object. */
export function holders(name: string): Promise<Holders>;
/** Ends a permanent object, or any object by force. false: the name goes with the last handle. */
export function remove(name: string, options?: { force?: boolean }): Promise<boolean>;
/** Gives back what killed holders left; how many objects. */
export function reclaim(): Promise<number>;
export function channelStatus(name: string): Promise<ChannelStatus>;
/** Copies a file, all or nothing. */
export function copyFile(
  source: string,
  target: string,
  options?: { verify?: 'none' | 'hash' | 'read-back'; existing?: 'replace' | 'keep' | 'update' | 'refuse'; durable?: boolean },
): Promise<{ bytes: number; seconds: number; durable: boolean; verified: boolean; skipped: boolean; hash: string }>;
/** Of libcoview. */
export const version: string;
