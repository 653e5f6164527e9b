import { useMutation, useQueryClient } from '@tanstack/react-query';
import { FileTrigger } from 'react-aria-components';
import { useCommand } from '../../app/commands.ts';
import { useLoaded } from '../../app/queries.ts';
import { sendForm } from '../../app/sending.ts';
import { usePerson } from '../../app/session.tsx';
import { useTexts } from '../../texts/texts.tsx';
import { Button } from '../../ui/button.tsx';
import { FailureNotice } from '../../ui/form.tsx';
import { Notice } from '../../ui/notice.tsx';
import { Card } from '../../ui/page.tsx';

export function Picture() {
  const { account } = useTexts();
  const { id } = usePerson();
  const { avatarUrl, version } = useLoaded('getProfile', { path: { id } });
  const client = useQueryClient();
  const set = useMutation({
    mutationFn: (file: File) => sendForm(`/api/v1/users/${id}/avatar`, { file }),
    onSuccess: () => client.invalidateQueries(),
  });
  const remove = useCommand('removeAvatar');
  const failure = set.error ?? remove.error;
  return (
    <Card>
      <h2>{account.picture}</h2>
      {failure !== null && <FailureNotice failure={failure} takesFocus />}
      {set.isSuccess && <Notice kind="good">{account.pictureDone}</Notice>}
      {avatarUrl === null ? (
        <p>{account.pictureNone}</p>
      ) : (
        // The version makes another address after a change, so that the old picture is not shown from the cache.
        <img
          src={`${avatarUrl}?v=${version}-${set.submittedAt}`}
          alt={account.pictureAlt}
          className="size-24 rounded-full object-cover"
        />
      )}
      <p className="text-mute">{account.pictureHelp}</p>
      <div className="flex flex-wrap gap-3">
        <FileTrigger
          acceptedFileTypes={['image/jpeg', 'image/png', 'image/webp']}
          onSelect={(files) => files?.[0] && set.mutate(files[0])}
        >
          <Button isPending={set.isPending}>{account.pictureChoose}</Button>
        </FileTrigger>
        {avatarUrl !== null && (
          <Button kind="danger" isPending={remove.isPending} onPress={() => remove.mutate({ path: { id } })}>
            {account.pictureRemove}
          </Button>
        )}
      </div>
    </Card>
  );
}
