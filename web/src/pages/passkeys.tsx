import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { passkeys, waysIn } from '../api/account.ts';
import { api, dataOf } from '../api/client.ts';
import { hasPasskeys, makePasskey, NoPasskey } from '../api/passkeys.ts';
import type { Passkey } from '../api/types.ts';
import { rich, t } from '../languages/t.ts';
import { day, moment } from '../lib/text.ts';
import { FormFailure, LoadFailure, Loading } from '../ui/feedback.tsx';
import { problemOfText, TextField } from '../ui/field.tsx';
import { RowAction } from '../ui/row-action.tsx';
import { useSubmit } from '../ui/use-submit.ts';

/** One's passkeys: those there are, their names, and a new one. */
export function Passkeys() {
  const client = useQueryClient();
  const ways = useQuery(waysIn);
  const list = useQuery(passkeys);
  const refresh = () => client.invalidateQueries({ queryKey: passkeys.queryKey });
  const failed = list.isError ? list : ways;
  if (failed.isError) return <LoadFailure what={t('Your passkeys')} error={failed.error} onRetry={() => void failed.refetch()} />;
  if (list.data === undefined || ways.data === undefined) return <Loading what={t('Loading your passkeys')} />;
  const site = ways.data.passkey_site;
  return (
    <>
      <p className="soft">{t('Sign in with your fingerprint, face or PIN. Your password stays as another way in.')}</p>
      {list.data.length > 0 && (
        <ul className="list">
          {list.data.map((passkey) => (
            <PasskeyRow key={passkey.id} passkey={passkey} onChange={refresh} />
          ))}
        </ul>
      )}
      {site === null ? (
        <p className="soft">{t('This server takes no passkeys: whoever runs it has to set PUBLIC_URL, with https.')}</p>
      ) : site !== window.location.origin ? (
        <p className="soft">
          {rich('Passkeys work at <a>{site}</a>, not at the address you opened.', {
            site,
            a: (text) => <a href={`${site}/account/security`}>{text}</a>,
          })}
        </p>
      ) : hasPasskeys() ? (
        <NewPasskey onMade={refresh} />
      ) : (
        <p className="soft">{t('This browser knows no passkeys.')}</p>
      )}
    </>
  );
}

function PasskeyRow({ passkey, onChange }: { passkey: Passkey; onChange: () => Promise<void> }) {
  const params = { path: { passkey_id: String(passkey.id) } };
  const [name, setName] = useState<string>();
  const form = useSubmit({
    check: () => ({ name: problemOfText(name ?? '', 100, true) }),
    async send() {
      await dataOf(api.PUT('/api/v1/auth/passkeys/{passkey_id}', { params, body: { name: name ?? '' } }));
      await onChange();
      setName(undefined);
    },
  });
  return (
    <li className="account-row">
      {name === undefined ? (
        <div className="account-row__facts">
          <p>
            <strong>{passkey.name}</strong>
          </p>
          <p className="soft">
            {t('Made on {day} for {site}.', { day: day(passkey.created_at), site: passkey.site })}{' '}
            {passkey.last_used_at === null
              ? t('Not used yet.')
              : t('Last used {moment}.', { moment: moment(`${passkey.last_used_at}Z`) })}
          </p>
        </div>
      ) : (
        <form
          className="new-deck account-row__facts"
          onSubmit={form.onSubmit}
          noValidate
          aria-label={t('Rename {name}', { name: passkey.name })}
        >
          <TextField label={t('Name')} name="name" value={name} onChange={setName} problem={form.problems.name} limit={100} />
          <button type="submit" className="button button--small" aria-disabled={form.isSending}>
            {t('Save')}
          </button>
          <button type="button" className="button button--small" onClick={() => setName(undefined)}>
            {t('Cancel')}
          </button>
          <FormFailure message={form.failure} />
        </form>
      )}
      {name === undefined && (
        <button type="button" className="button button--small" onClick={() => setName(passkey.name)}>
          {rich('Rename<hidden> {name}</hidden>', {
            name: passkey.name,
            hidden: (text) => <span className="visually-hidden">{text}</span>,
          })}
        </button>
      )}
      <RowAction
        label={t('Remove')}
        about={passkey.name}
        question={t('Remove “{name}”? It signs nobody in any more.', { name: passkey.name })}
        act={async () => {
          await dataOf(api.DELETE('/api/v1/auth/passkeys/{passkey_id}', { params }));
          await onChange();
        }}
      />
    </li>
  );
}

function NewPasskey({ onMade }: { onMade: () => Promise<void> }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [refused, setRefused] = useState<string>();
  const form = useSubmit({
    check: () => ({
      name: problemOfText(name, 100, true),
      current_password: password === '' ? t('This is needed.') : undefined,
    }),
    async send() {
      setRefused(undefined);
      try {
        await makePasskey(name.trim(), password);
        setName('');
        setPassword('');
        await onMade();
      } catch (error) {
        if (!(error instanceof NoPasskey)) throw error;
        setRefused(error.message);
      }
    },
  });
  return (
    <details className="account-more">
      <summary>{t('New passkey')}</summary>
      <form className="form" onSubmit={form.onSubmit} noValidate aria-label={t('New passkey')}>
        <TextField
          label={t('Name of the device')}
          name="name"
          value={name}
          onChange={setName}
          hint={t('As “My phone”: you will know it by this here.')}
          problem={form.problems.name}
          limit={100}
          input={{ autoComplete: 'off', required: true }}
        />
        <TextField
          label={t('Your password')}
          name="current_password"
          value={password}
          onChange={setPassword}
          problem={form.problems.current_password}
          input={{ type: 'password', autoComplete: 'current-password', required: true }}
        />
        <FormFailure message={form.failure ?? refused} />
        <button type="submit" className="button" aria-disabled={form.isSending}>
          {form.isSending ? t('Waiting for your browser …') : t('Make passkey')}
        </button>
      </form>
    </details>
  );
}
