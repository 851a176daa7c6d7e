import { describe, expect, test } from 'vitest';
import { appOver, expectProblem, recordingCluster } from './fake-backends.ts';

describe('a configuration by its number', () => {
  test('is asked for by the number in plain decimal', async () => {
    const { backend, numbers } = recordingCluster();
    const response = await appOver({ cluster: backend }).app.request('/v1/cluster/configs/1');
    expect([response.status, numbers]).toEqual([200, [1]]);
  });

  test.each(['0', '2', '9007199254740991'])('%s answers 404 if there is none', async (number) => {
    const { app } = appOver({ cluster: recordingCluster().backend });
    await expectProblem(await app.request(`/v1/cluster/configs/${number}`), 'configuration-unknown');
  });

  test.each(['%20', '1.0', '0x1', '1e0', '01', '+1', '-1', '1%20', '%31x', '9007199254740993', '%FF', 'one'])(
    '%s answers 400, and nobody is asked',
    async (number) => {
      const { backend, numbers } = recordingCluster();
      const response = await appOver({ cluster: backend }).app.request(`/v1/cluster/configs/${number}`);
      await expectProblem(response, 'parameter-malformed');
      expect(numbers).toEqual([]);
    },
  );
});
