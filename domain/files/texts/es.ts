import { ES } from '../../shared/wording/es.ts';
import type { FileTexts } from '../messages.ts';

const { t } = ES;

export const FILES: FileTexts = {
  'file-infected': (message) => ({
    subject: 'Se ha encontrado software malicioso en un archivo',
    lines:
      message.receiver === 'owner'
        ? [
            'El antivirus ha encontrado software malicioso en un archivo que se añadió a sus documentos. Nadie puede abrir el archivo y nada más de lo suyo está afectado.',
            'Si tiene el archivo en alguno de sus dispositivos, no lo abra allí y haga revisar el dispositivo. Puede eliminar el archivo de sus documentos.',
          ]
        : [
            t`El antivirus ha encontrado software malicioso en el archivo ${message.fileId}. Nadie puede abrirlo.`,
            'Figura en la lista de archivos en cuarentena. Si el hallazgo es un error, se puede volver a analizar.',
          ],
    brief: 'Se ha encontrado software malicioso en un archivo. Nadie puede abrirlo.',
  }),
  'file-shared': ({ by, isOwn }) => ({
    subject: 'Han compartido un archivo con usted',
    lines: [
      by === 'patient'
        ? 'Un paciente, o alguien que lo representa, ha compartido un archivo con usted.'
        : isOwn
          ? 'La clínica ha compartido con usted un documento sobre usted.'
          : 'La clínica ha compartido con usted un documento de un paciente.',
      'Inicie sesión en el portal del paciente para verlo.',
    ],
    action: 'Ver el archivo',
    brief: 'Han compartido un archivo con usted. Inicie sesión en el portal del paciente para verlo.',
  }),
};
