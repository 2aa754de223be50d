import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, body, type RequestFailed } from '../api/client.ts';
import { Failure, Field } from '../parts.tsx';

interface Entered {
  readonly username: string;
  readonly email: string;
  readonly password: string;
}

export function SignInPage() {
  const [isNew, setNew] = useState(false);
  const client = useQueryClient();
  const enter = useMutation<unknown, RequestFailed, Entered>({
    mutationFn: async ({ username, email, password }) => {
      if (isNew) await body(api.POST('/api/v1/auth/register', { body: { username, email, password } }));
      return body(api.POST('/api/v1/auth/session', { body: { username, password } }));
    },
    onSuccess: (user) => client.setQueryData(['me'], user),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    enter.mutate({
      username: String(form.get('username')),
      email: String(form.get('email')),
      password: String(form.get('password')),
    });
  };
  const fields = enter.error?.fields ?? {};
  return (
    <main className="narrow sign-in">
      <p className="brand large">FlashCase</p>
      <h1>{isNew ? 'Make an account' : 'Sign in'}</h1>
      <p className="lead">Cards that come back just before you would forget them.</p>
      <form onSubmit={submit}>
        <Field
          label={isNew ? 'Username' : 'Username or email'}
          problem={fields.username}
          {...(isNew ? { hint: '3 to 50 characters' } : {})}
        >
          {(attributes) => <input {...attributes} name="username" autoComplete="username" required autoCapitalize="none" />}
        </Field>
        {isNew && (
          <Field label="Email" problem={fields.email}>
            {(attributes) => <input {...attributes} name="email" type="email" autoComplete="email" required />}
          </Field>
        )}
        <Field label="Password" problem={fields.password} {...(isNew ? { hint: 'At least 8 characters' } : {})}>
          {(attributes) => (
            <input
              {...attributes}
              name="password"
              type="password"
              autoComplete={isNew ? 'new-password' : 'current-password'}
              required
            />
          )}
        </Field>
        {Object.keys(fields).length === 0 && <Failure error={enter.error} />}
        <button type="submit" className="primary wide" disabled={enter.isPending}>
          {isNew ? 'Make the account' : 'Sign in'}
        </button>
      </form>
      <p className="switch">
        {isNew ? 'You have an account? ' : 'New here? '}
        <button
          type="button"
          className="link"
          onClick={() => {
            enter.reset();
            setNew(!isNew);
          }}
        >
          {isNew ? 'Sign in' : 'Make an account'}
        </button>
      </p>
    </main>
  );
}
