import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation } from 'wouter';
import { api, body, type RequestFailed, type User } from '../api/client.ts';
import { Failure } from '../parts.tsx';
import { applyTheme, storedTheme, type Theme } from '../theme.ts';

const THEMES: readonly { readonly theme: Theme; readonly label: string }[] = [
  { theme: 'system', label: 'As the device' },
  { theme: 'light', label: 'Light' },
  { theme: 'dark', label: 'Dark' },
];

export function AccountPage({ user }: { user: User }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [theme, setTheme] = useState(storedTheme);
  const signOut = useMutation<unknown, RequestFailed>({
    mutationFn: () => body(api.DELETE('/api/v1/auth/session')),
    onSuccess: async () => {
      go('/');
      client.clear();
      await client.invalidateQueries();
      location.reload();
    },
  });
  return (
    <>
      <h1>{user.username}</h1>
      <p className="lead">{user.email}</p>
      <fieldset>
        <legend>Colours</legend>
        {THEMES.map((choice) => (
          <label key={choice.theme} className="check">
            <input
              type="radio"
              name="theme"
              checked={theme === choice.theme}
              onChange={() => {
                applyTheme(choice.theme);
                setTheme(choice.theme);
              }}
            />{' '}
            {choice.label}
          </label>
        ))}
      </fieldset>
      <Failure error={signOut.error} />
      <button type="button" onClick={() => signOut.mutate()} disabled={signOut.isPending}>
        Sign out
      </button>
    </>
  );
}
