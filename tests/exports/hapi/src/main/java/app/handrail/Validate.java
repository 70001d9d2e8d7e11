package app.handrail;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import ca.uhn.fhir.validation.ValidationResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;

/**
 * Holds FHIR R4 files against HAPI's validator, offline: one line a file, the findings below it, and
 * "N passed, N failed" at the end. Only errors fail; what needs a terminology server or a US Core package is
 * told as a warning.
 */
public final class Validate {
    public static void main(String[] files) throws Exception {
        FhirContext fhir = FhirContext.forR4();
        ValidationSupportChain chain = new ValidationSupportChain(
                new DefaultProfileValidationSupport(fhir),
                new CommonCodeSystemsTerminologyService(fhir),
                new InMemoryTerminologyServerValidationSupport(fhir),
                new SnapshotGeneratingValidationSupport(fhir));
        FhirInstanceValidator instance = new FhirInstanceValidator(chain);
        instance.setErrorForUnknownProfiles(false);
        instance.setNoTerminologyChecks(false);
        FhirValidator validator = fhir.newValidator().registerValidatorModule(instance);
        int passed = 0;
        int failed = 0;
        for (String file : files) {
            ValidationResult result = validator.validateWithResult(Files.readString(Path.of(file)));
            List<SingleValidationMessage> errors = result.getMessages().stream()
                    .filter(found -> found.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0)
                    .toList();
            TreeSet<String> told = new TreeSet<>();
            for (SingleValidationMessage found : result.getMessages()) {
                if (found.getSeverity() != ResultSeverityEnum.INFORMATION) {
                    told.add(found.getSeverity() + " " + found.getLocationString().replaceAll("\\[\\d+\\]", "[]")
                            + ": " + found.getMessage());
                }
            }
            System.out.println((errors.isEmpty() ? "ok " : "not ok ") + Path.of(file).getFileName() + ": "
                    + errors.size() + " errors, " + (told.size()) + " kinds of findings");
            told.stream().filter(line -> errors.isEmpty() == !line.startsWith("ERROR")).limit(40)
                    .forEach(line -> System.out.println("   " + line));
            if (errors.isEmpty()) {
                passed++;
            } else {
                failed++;
            }
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }
}
