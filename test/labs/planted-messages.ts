/** What the harness says of each planted failure, or how that begins. */
export const PLANTED_MESSAGES: Readonly<Record<string, string>> = {
  PlantedNoMajority: 'expected one leader, got none',
  PlantedSkippedCommands: 'A2: server 0 applied 2 after 0',
  PlantedCrash: 'one(2) failed to reach agreement',
  PlantedFigure: 'planted 2 (<= 1)',
  PlantedWrongValue: 'the history is not linearizable',
};
