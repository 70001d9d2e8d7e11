package app.handrail;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.context.support.IValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.SnapshotGeneratingValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.instance.model.api.IBaseResource;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Questionnaire;

/**
 * Holds FHIR R4 files against HAPI's validator, offline: one line a file, the findings below it, and
 * "N passed, N failed" at the end. Only errors fail; what needs a terminology server or a US Core package is
 * told as a warning. Responses are held against the Questionnaires of their own Bundle. Of each file broken
 * copies are made, which must be refused: a validator that takes everything proves nothing.
 */
public final class Validate {
    /** What is broken, and how: the first place where the text stands is replaced. */
    private static final Map<String, String[]> BROKEN = new LinkedHashMap<>();

    static {
        BROKEN.put("a status that FHIR does not have", new String[] {"\"status\":\"final\"", "\"status\":\"finnal\""});
        BROKEN.put("a plan without intent", new String[] {"\"intent\":\"plan\"", "\"description\":\"plan\""});
        BROKEN.put("an answer to a question that the form does not ask",
                new String[] {"{\"linkId\":\"q1\",\"text\":\"Little interest or pleasure in doing things\",\"answer\"",
                    "{\"linkId\":\"q77\",\"text\":\"Little interest or pleasure in doing things\",\"answer\""});
        BROKEN.put("a worksheet's answer to another question",
                new String[] {"{\"linkId\":\"links.what\",\"text\":\"What was it?\",\"answer\"",
                    "{\"linkId\":\"links.who\",\"text\":\"What was it?\",\"answer\""});
    }

    /** The Questionnaires of one Bundle. */
    private static final class Forms implements IValidationSupport {
        private final FhirContext fhir;
        private final Map<String, Questionnaire> byAddress = new HashMap<>();

        Forms(FhirContext fhir, String bundle) {
            this.fhir = fhir;
            for (Bundle.BundleEntryComponent entry : fhir.newJsonParser().parseResource(Bundle.class, bundle).getEntry()) {
                if (entry.getResource() instanceof Questionnaire form) {
                    byAddress.put(form.getUrl(), form);
                    byAddress.put(form.getUrl() + "|" + form.getVersion(), form);
                }
            }
        }

        @Override
        public FhirContext getFhirContext() {
            return fhir;
        }

        @Override
        public <T extends IBaseResource> T fetchResource(Class<T> kind, String address) {
            boolean asked = kind != null && kind.isAssignableFrom(Questionnaire.class);
            return asked ? kind.cast(byAddress.get(address)) : null;
        }
    }

    private final FhirContext fhir = FhirContext.forR4();
    private final IValidationSupport profiles = new DefaultProfileValidationSupport(fhir);

    private List<SingleValidationMessage> findings(String bundle, Forms forms) {
        ValidationSupportChain chain = new ValidationSupportChain(
                profiles,
                forms,
                new CommonCodeSystemsTerminologyService(fhir),
                new InMemoryTerminologyServerValidationSupport(fhir),
                new SnapshotGeneratingValidationSupport(fhir));
        FhirInstanceValidator instance = new FhirInstanceValidator(chain);
        instance.setErrorForUnknownProfiles(false);
        instance.setNoTerminologyChecks(false);
        FhirValidator validator = fhir.newValidator().registerValidatorModule(instance);
        return validator.validateWithResult(bundle).getMessages();
    }

    private static long errors(List<SingleValidationMessage> findings) {
        return findings.stream()
                .filter(found -> found.getSeverity().compareTo(ResultSeverityEnum.ERROR) >= 0)
                .count();
    }

    public static void main(String[] files) throws Exception {
        Validate validate = new Validate();
        int passed = 0;
        int failed = 0;
        int refused = 0;
        TreeSet<String> tried = new TreeSet<>();
        for (String file : files) {
            String name = Path.of(file).getFileName().toString();
            String bundle = Files.readString(Path.of(file));
            Forms forms = new Forms(validate.fhir, bundle);
            List<SingleValidationMessage> findings = validate.findings(bundle, forms);
            long errors = errors(findings);
            TreeSet<String> told = new TreeSet<>();
            for (SingleValidationMessage found : findings) {
                if (found.getSeverity() != ResultSeverityEnum.INFORMATION) {
                    told.add(found.getSeverity() + " " + found.getLocationString().replaceAll("\\[\\d+\\]", "[]")
                            + ": " + found.getMessage());
                }
            }
            System.out.println((errors == 0 ? "ok " : "not ok ") + name + ": "
                    + errors + " errors, " + (told.size()) + " kinds of findings");
            told.stream().filter(line -> (errors == 0) == !line.startsWith("ERROR")).limit(40)
                    .forEach(line -> System.out.println("   " + line));
            if (errors == 0) {
                passed++;
            } else {
                failed++;
            }
            for (Map.Entry<String, String[]> broken : BROKEN.entrySet()) {
                String[] change = broken.getValue();
                if (errors > 0 || !bundle.contains(change[0]) || !tried.add(broken.getKey())) {
                    continue;
                }
                int at = bundle.indexOf(change[0]);
                String copy = bundle.substring(0, at) + change[1] + bundle.substring(at + change[0].length());
                if (errors(validate.findings(copy, forms)) > 0) {
                    refused++;
                } else {
                    failed++;
                    System.out.println("not ok " + name + ": nobody noticed " + broken.getKey());
                }
            }
        }
        System.out.println(refused + " of " + BROKEN.size() + " kinds of broken copies were refused");
        if (refused < BROKEN.size()) {
            failed++;
        }
        System.out.println(passed + " passed, " + failed + " failed");
        System.exit(failed == 0 && passed > 0 ? 0 : 1);
    }
}
