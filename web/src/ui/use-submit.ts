import { type FormEvent, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { ApiError } from '../api/client.ts';

type Problems = Readonly<Record<string, string | undefined>>;

export interface Submit {
  readonly isSending: boolean;
  /** What went wrong with the form as a whole. */
  readonly failure: string | undefined;
  /** What is wrong with single fields, by name. */
  readonly problems: Problems;
  onSubmit(event: FormEvent<HTMLFormElement>): void;
}

/**
 * Sends a form: checks it first, sends it once at a time, and shows the server's problems beside the fields they are about. What was
 * typed stays until `send` has succeeded.
 */
export function useSubmit(options: { check?: () => Problems; send: () => Promise<void> }): Submit {
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<string>();
  const [problems, setProblems] = useState<Problems>({});
  const isBusy = useRef(false);

  function show(form: HTMLFormElement, found: Problems, message: string | undefined): void {
    // A problem of a field that is not in this form would be seen nowhere.
    const unseen = Object.entries(found).filter(([name, text]) => text !== undefined && form.elements.namedItem(name) === null);
    // Rendered before the focus moves: a frame may come before React's own turn, when no field is marked yet.
    flushSync(() => {
      setProblems(found);
      setFailure(unseen.length > 0 ? unseen.map(([name, text]) => `${name}: ${text}`).join(' ') : message);
    });
    form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }

  async function submit(form: HTMLFormElement): Promise<void> {
    const found = options.check?.() ?? {};
    if (Object.values(found).some((text) => text !== undefined)) return show(form, found, undefined);
    isBusy.current = true;
    setSending(true);
    setFailure(undefined);
    setProblems({});
    try {
      await options.send();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      show(form, error.fields, error.message);
    } finally {
      isBusy.current = false;
      setSending(false);
    }
  }

  return {
    isSending,
    failure,
    problems,
    onSubmit(event) {
      event.preventDefault();
      if (!isBusy.current) void submit(event.currentTarget);
    },
  };
}
