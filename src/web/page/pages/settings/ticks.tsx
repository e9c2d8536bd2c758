import { type Path, placeOf } from '../../lib/problems.ts';
import { CheckField, ProblemText } from '../../parts/fields.tsx';

interface TicksProps {
  legend: string;
  hint: string;
  at: Path;
  problem: string | undefined;
  options: readonly { readonly id: string; readonly name: string }[];
  value: readonly string[];
  onChange: (value: string[]) => void;
}

/** Entries of a list by their names, to be ticked: nobody knows their ids by heart. */
export function Ticks({ legend, hint, at, problem, options, value, onChange }: TicksProps) {
  return (
    <fieldset class="group" data-group={placeOf(at)}>
      <legend>{legend}</legend>
      <p class="hint">{hint}</p>
      <ProblemText id={`problem-${placeOf(at)}`} problem={problem} />
      {options.map(({ id, name }) => (
        <CheckField
          key={id}
          label={name}
          at={at}
          value={value.includes(id)}
          onChange={(isOn) => onChange(isOn ? [...value, id] : value.filter((other) => other !== id))}
        />
      ))}
    </fieldset>
  );
}
