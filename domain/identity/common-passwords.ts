/**
 * What guessers try first: the words that leaked passwords are built from, and sequences of neighbouring keys. The policy also
 * recognises variations (added digits, replaced letters, repetitions), so the list contains the roots only.
 */

/** Lower case, without separators; from the heads of public lists of leaked passwords. */
export const COMMON_WORDS: readonly string[] = `
password passwort motdepasse contrasena senha parola passphrase passcode passw0rd pass1234 password1 secret secreto
geheim letmein letmepass welcome willkommen bienvenue changeme changeit default administrator admin adminadmin root
master superuser guest login logon account access security secure server system internet computer samsung google
facebook linkedin twitter youtube amazon microsoft windows apple iphone android pokemon minecraft fortnite roblox
iloveyou iloveu loveyou lovelove loveme mylove forever sweetheart princess princesa prinzessin sunshine sonnenschein
butterfly schatz darling honey angel baby babygirl beautiful qwerty qwertz azerty asdfgh zxcvbn football fussball
baseball basketball soccer hockey arsenal chelsea liverpool barcelona juventus realmadrid monkey dragon tiger mustang
ferrari porsche harley corvette mercedes superman batman spiderman ironman starwars matrix pikachu naruto ninja samurai
shadow phoenix midnight thunder hunter killer trustno1 whatever nothing freedom liberty america england deutschland
france espana london berlin paris chicago newyork california summer sommer winter spring autumn january february march
april june july august september october november december monday tuesday wednesday thursday friday saturday sunday
michael jennifer jessica ashley michelle daniel andrew thomas robert charlie matthew jordan nicole anthony joshua
alexander christian sebastian victoria samantha elizabeth buster maggie ginger pepper cookie chocolate cheese banana
orange purple silver diamond golden rainbow flower flowers startrek gandalf merlin wizard mickey snoopy scooby
correcthorsebatterystaple opensesame abracadabra thisisapassword mypassword yourpassword newpassword oldpassword
testtest testing tester test1234 temp temporary example sample hospital clinic doctor nurse health healthcare medical
medicine pharmacy
`
  .trim()
  .split(/\s+/);

const ROWS = [
  '01234567890',
  'abcdefghijklmnopqrstuvwxyz',
  'qwertyuiop',
  'qwertzuiop',
  'azertyuiop',
  'asdfghjkl',
  'qsdfghjklm',
  'zxcvbnm',
  'yxcvbnm',
  'wxcvbn',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm',
  'qazwsxedcrfvtgbyhnujm',
  '!@#$%^&*()',
  '147258369',
];

/** Runs of keys, forwards and backwards. */
export const KEYBOARD_RUNS: readonly string[] = ROWS.flatMap((row) => [row, [...row].reverse().join('')]);
