import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { apiTokens } from '../api/account.ts';
import { api, dataOf } from '../api/client.ts';
import type { ApiToken, Scope, User } from '../api/types.ts';
import { msg, t } from '../languages/t.ts';
import { day, moment } from '../lib/text.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { Choice, problemOfText, TextField, translated } from '../ui/field.tsx';
import { RowAction } from '../ui/row-action.tsx';
import { useSubmit } from '../ui/use-submit.ts';

const SCOPES: readonly { readonly scope: Scope; readonly label: string; readonly hint: string }[] = [
  { scope: 'read', label: msg('Read'), hint: msg('Decks, cards, search, exams and statistics.') },
  { scope: 'study', label: msg('Study'), hint: msg('Ask what is due, answer, change exams and study settings.') },
  { scope: 'edit', label: msg('Edit'), hint: msg('Add, change, delete and share decks and cards.') },
  { scope: 'transfer', label: msg('Import and export'), hint: msg('Bring collections in, take them out.') },
  { scope: 'admin', label: msg('Administer'), hint: msg('What administrators may do on this server.') },
];
const ENDS = [
  ['30', msg('In 30 days')],
  ['90', msg('In 90 days')],
  ['365', msg('In a year')],
  ['', msg('Never')],
] as const;

/** Tokens of programs: those there are, and a new one. */
export function ApiTokens({ user }: { user: User }) {
  const client = useQueryClient();
  const list = useQuery(apiTokens);
  const refresh = () => client.invalidateQueries({ queryKey: apiTokens.queryKey });
  return (
    <>
      <p className="soft">{t('For programs of yours. Each does only what you tick, and can be revoked here at any time.')}</p>
      {list.isError && <LoadFailure what={t('Your API tokens')} error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Loading what={t('Loading your API tokens')} />}
      {list.data !== undefined && list.data.length > 0 && (
        <ul className="list">
          {list.data.map((token) => (
            <li key={token.id} className="account-row">
              <TokenFacts token={token} />
              <RowAction
                label={t('Revoke')}
                about={token.name}
                question={t('Revoke “{name}”? Programs that use it stop working.', { name: token.name })}
                act={async () => {
                  await dataOf(
                    api.DELETE('/api/v1/auth/tokens/{token_id}', { params: { path: { token_id: String(token.id) } } }),
                  );
                  await refresh();
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <NewToken user={user} onMade={() => void refresh()} />
    </>
  );
}

const labelOf = (scope: Scope): string => t(SCOPES.find((known) => known.scope === scope)?.label ?? scope);

function TokenFacts({ token }: { token: ApiToken }) {
  const hasEnded = token.expires_at !== null && Date.parse(`${token.expires_at}Z`) <= Date.now();
  return (
    <div className="account-row__facts">
      <p>
        <strong>{token.name}</strong> <span className="soft">· {token.scopes.map(labelOf).join(', ')}</span>
      </p>
      <p className="soft">
        {t('Made on {day}.', { day: day(token.created_at) })}{' '}
        {token.last_used_at === null
          ? t('Not used yet.')
          : token.place === null
            ? t('Last used {moment}.', { moment: moment(`${token.last_used_at}Z`) })
            : t('Last used {moment}, from {place}.', { moment: moment(`${token.last_used_at}Z`), place: token.place })}{' '}
        {token.expires_at === null
          ? t('Does not end by itself.')
          : hasEnded
            ? t('Ended on {day}.', { day: day(token.expires_at) })
            : t('Ends on {day}.', { day: day(token.expires_at) })}
      </p>
    </div>
  );
}

function NewToken({ user, onMade }: { user: User; onMade: () => void }) {
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Scope[]>(['read']);
  const [days, setDays] = useState<string>('90');
  const [password, setPassword] = useState('');
  const [token, setToken] = useState<string>();
  const form = useSubmit({
    check: () => ({
      name: problemOfText(name, 100, true),
      current_password: password === '' ? t('This is needed.') : undefined,
    }),
    async send() {
      const body = { name, scopes: [...scopes], expires_in_days: days === '' ? null : Number(days), current_password: password };
      const made = await dataOf(api.POST('/api/v1/auth/tokens', { body }));
      setToken(made.token);
      setName('');
      setPassword('');
      onMade();
    },
  });
  return (
    <>
      <div role="status">
        {token !== undefined && (
          <div className="notice account-secret">
            <p>{t('Your new token. It is shown this once: put it where your program reads it.')}</p>
            <p>
              <code>{token}</code>
            </p>
            <button type="button" className="button button--small" onClick={() => setToken(undefined)}>
              {t('I have it')}
            </button>
          </div>
        )}
      </div>
      <details className="account-more">
        <summary>{t('New API token')}</summary>
        <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('New API token')}>
          <TextField
            label={t('What it is for')}
            name="name"
            value={name}
            onChange={setName}
            problem={form.problems.name}
            limit={100}
            input={{ autoComplete: 'off', required: true }}
          />
          <fieldset className="choices">
            <legend>{t('What it may do')}</legend>
            {SCOPES.filter(({ scope }) => scope !== 'admin' || user.is_admin).map(({ scope, label, hint }) => (
              <label key={scope} className="choice">
                <input
                  type="checkbox"
                  name="scopes"
                  checked={scopes.includes(scope)}
                  onChange={(event) =>
                    setScopes(event.target.checked ? [...scopes, scope] : scopes.filter((chosen) => chosen !== scope))
                  }
                />
                <span>
                  {t(label)}
                  <span className="choice__hint">{t(hint)}</span>
                </span>
              </label>
            ))}
          </fieldset>
          <Choice label={t('When it ends')} value={days} options={translated(ENDS)} onChange={setDays} />
          <TextField
            label={t('Your password')}
            name="current_password"
            value={password}
            onChange={setPassword}
            hint={t('So that an open page is not enough to make one.')}
            problem={form.problems.current_password}
            input={{ type: 'password', autoComplete: 'current-password', required: true }}
          />
          <FormFailure message={form.failure} />
          <button type="submit" className="button" aria-disabled={form.isSending}>
            {form.isSending ? t('Making it …') : t('Make token')}
          </button>
        </form>
      </details>
    </>
  );
}
