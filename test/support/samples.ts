import { pythonJson } from './python.ts';

// Debian's python3-pydicom brings real DICOM files of many kinds. pydicom itself says which there are and what they
// hold, so that our own reading never judges itself.

export const SAMPLES_FOLDER = '/usr/lib/python3/dist-packages/pydicom/data';

/** One Part-10 file and what pydicom reads in it; '' for what is absent. */
export interface Sample {
  path: string;
  transferSyntaxUid: string;
  sopClassUid: string;
  sopInstanceUid: string;
  studyInstanceUid: string;
  seriesInstanceUid: string;
  characterSet: string;
  patientName: string;
  patientId: string;
  patientBirthDate: string;
  patientSex: string;
  accessionNumber: string;
  studyDate: string;
  studyTime: string;
  modality: string;
  studyDescription: string;
}

const LIST = `
import json, os, sys, warnings
import pydicom
warnings.simplefilter('ignore')
KEYWORDS = {
  'sopClassUid': 'SOPClassUID', 'sopInstanceUid': 'SOPInstanceUID', 'studyInstanceUid': 'StudyInstanceUID',
  'seriesInstanceUid': 'SeriesInstanceUID', 'patientName': 'PatientName', 'patientId': 'PatientID',
  'patientBirthDate': 'PatientBirthDate', 'patientSex': 'PatientSex', 'accessionNumber': 'AccessionNumber',
  'studyDate': 'StudyDate', 'studyTime': 'StudyTime', 'modality': 'Modality', 'studyDescription': 'StudyDescription',
  'characterSet': 'SpecificCharacterSet',
}
def text(value):
    if value is None: return ''
    if isinstance(value, (list, pydicom.multival.MultiValue)): return '\\\\'.join(text(one) for one in value)
    if isinstance(getattr(value, 'original_string', None), str): return value.original_string.strip()
    return str(value).strip(' \\0')
found = []
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        with open(path, 'rb') as file:
            if file.read(132)[128:] != b'DICM': continue
        try:
            data = pydicom.dcmread(path, stop_before_pixels=True)
            syntax = str(data.file_meta.get('TransferSyntaxUID', ''))
            data.decode()
            row = {key: text(data.get(keyword)) for key, keyword in KEYWORDS.items()}
        except Exception as error:
            continue
        found.append({'path': path, 'transferSyntaxUid': syntax, **row})
print(json.dumps(sorted(found, key=lambda row: row['path'])))
`;

/** Every file that pydicom can read and that is an instance: it has a transfer syntax and SOP UIDs. */
export async function listSamples(): Promise<Sample[]> {
  const all = await pythonJson<Sample[]>(LIST, { args: [SAMPLES_FOLDER] });
  return all.filter((sample) => sample.transferSyntaxUid && sample.sopClassUid && sample.sopInstanceUid);
}

/** Splits a list so that no SOP Instance UID occurs twice within one round: some samples are the same instance. */
export function roundsOf(samples: readonly Sample[]): Sample[][] {
  const rounds: Map<string, Sample>[] = [];
  for (const sample of samples) {
    let round = rounds.find((candidate) => !candidate.has(sample.sopInstanceUid));
    if (round === undefined) {
      round = new Map();
      rounds.push(round);
    }
    round.set(sample.sopInstanceUid, sample);
  }
  return rounds.map((round) => [...round.values()]);
}
