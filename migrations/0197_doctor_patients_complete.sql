DROP TABLE doctor_patients_fill;
