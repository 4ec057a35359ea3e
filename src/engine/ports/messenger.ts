/** Who carries an event to its receiver. */
export interface Message {
  readonly url: string;
  /** The same each time the event is told. */
  readonly id: string;
  readonly body: string;
  /** Whose campaign it is of; null: nobody's. */
  readonly userId: string | null;
}

export type Delivery =
  | { readonly is: "received" }
  | {
      readonly is: "failed";
      /** In words, with nothing of the address but its host. */
      readonly error: string;
      /** Milliseconds for which the receiver asks to be left alone; null: it did not say. */
      readonly retryAfter: number | null;
      /** It wants to hear no more. */
      readonly gone: boolean;
    };

export interface Messenger {
  /** Never rejects. Once `signal` is aborted it is failed at once. */
  send(message: Message, signal: AbortSignal): Promise<Delivery>;
}
