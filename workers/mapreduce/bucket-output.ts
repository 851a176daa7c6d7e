/**
 * Reduce output in the bucket. An attempt uploads the parts of a multipart upload; nobody sees them until the
 * coordinator completes the upload of the attempt that it has chosen: the lab's rename, as one atomic call.
 *
 * mapreduce.O1  The receipt of an attempt is all that is needed to complete its upload, by anybody and however often.
 * mapreduce.O2  Uploads of attempts that died are left to the bucket, which removes unfinished ones after a week.
 */
import { type AttemptId, LineBlocks, type OutputSink, type PublishOrder } from '../../src/mapreduce/index.ts';
import { BUCKET_RECEIPT, type PublishOutcome } from './codecs.ts';
import { outputKey } from './names.ts';
import type { JobOutput, TaskOutput } from './publisher.ts';

/** The least that R2 takes for a part that is not the last one. */
const PART_BYTES = 5 * 1024 * 1024;

/** A shorter output is not worth an upload: the receipt carries it. */
const RECEIPT_TEXT_BYTES_MAX = 16 * 1024;

export class BucketOutput implements TaskOutput, JobOutput {
  readonly #bucket: R2Bucket;
  readonly #job: string;

  constructor(bucket: R2Bucket, job: string) {
    this.#bucket = bucket;
    this.#job = job;
  }

  open({ task, attempt }: AttemptId): OutputSink {
    const key = outputKey(this.#job, task);
    const parts: R2UploadedPart[] = [];
    let upload: R2MultipartUpload | undefined;
    let short: Uint8Array = new Uint8Array(0);
    const blocks = new LineBlocks(PART_BYTES, async (block) => {
      if (blocks.bytes <= RECEIPT_TEXT_BYTES_MAX) {
        short = block;
        return;
      }
      upload ??= await this.#bucket.createMultipartUpload(key, metadata(attempt));
      parts.push(await upload.uploadPart(parts.length + 1, block));
    });
    return {
      write: (name, value) => blocks.append(name, value),
      finish: async () => {
        await blocks.flush();
        return BUCKET_RECEIPT.encode(
          upload === undefined
            ? { type: 'text', block: short }
            : { type: 'upload', upload: upload.uploadId, parts },
        );
      },
      discard: async () => upload?.abort().catch(() => {}),
    };
  }

  async publish({ reduce, attempt, output }: PublishOrder): Promise<PublishOutcome> {
    const key = outputKey(this.#job, reduce);
    const receipt = BUCKET_RECEIPT.decode(output);
    try {
      if (receipt.type === 'text') await this.#bucket.put(key, receipt.block, metadata(attempt));
      else await this.#bucket.resumeMultipartUpload(key, receipt.upload).complete([...receipt.parts]);
      return 'published';
    } catch {
      // Perhaps it had been completed before, and only the coordinator did not live to note it.
      const { attempt: published } = (await this.#bucket.head(key))?.customMetadata ?? {};
      return published === String(attempt) ? 'published' : 'failed';
    }
  }

  async discard({ task }: AttemptId, output: Uint8Array): Promise<void> {
    const receipt = BUCKET_RECEIPT.decode(output);
    if (receipt.type === 'text') return;
    // mapreduce.O2 stands behind this.
    const upload = this.#bucket.resumeMultipartUpload(outputKey(this.#job, task), receipt.upload);
    await upload.abort().catch(() => {});
  }

  async clear(reduceTasks: number): Promise<void> {
    await this.#bucket.delete(
      Array.from({ length: reduceTasks }, (_, reduce) => outputKey(this.#job, reduce)),
    );
  }
}

function metadata(attempt: number) {
  return {
    httpMetadata: { contentType: 'text/plain; charset=utf-8' },
    customMetadata: { attempt: String(attempt) },
  };
}
